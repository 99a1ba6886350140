package dev.culvert.lab.harness;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A {@code swanctl.conf} with one IKEv2 connection {@link #NAME}, a pre-shared key and one tunnel
 * {@link #CHILD}, as a {@link StrongswanPeer} can have it: with everything in UDP.
 *
 * @param ikeProposals in strongSwan's words, as are those of ESP
 * @param selectors of either side
 * @param lines further ones of the connection
 */
public record SwanConnection(
    String local,
    String remote,
    String localIdentity,
    String remoteIdentity,
    String ikeProposals,
    String espProposals,
    String selectors,
    String secret,
    List<String> lines) {
  public static final String NAME = "vpn";
  public static final String CHILD = "st0";

  /** Identified by their addresses, AES-128-GCM and group 31, a tunnel for all of IPv4. */
  public static SwanConnection between(String local, String remote, String secret) {
    return new SwanConnection(
        local,
        remote,
        local,
        remote,
        "aes128gcm16-prfsha256-curve25519",
        "aes128gcm16",
        "0.0.0.0/0",
        secret,
        List.of());
  }

  public SwanConnection withIdentities(String ours, String theirs) {
    return new SwanConnection(
        local, remote, ours, theirs, ikeProposals, espProposals, selectors, secret, lines);
  }

  public SwanConnection withProposals(String ike, String esp) {
    return new SwanConnection(
        local, remote, localIdentity, remoteIdentity, ike, esp, selectors, secret, lines);
  }

  public SwanConnection withSelectors(String both) {
    return new SwanConnection(
        local,
        remote,
        localIdentity,
        remoteIdentity,
        ikeProposals,
        espProposals,
        both,
        secret,
        lines);
  }

  public SwanConnection withLines(String... further) {
    return new SwanConnection(
        local,
        remote,
        localIdentity,
        remoteIdentity,
        ikeProposals,
        espProposals,
        selectors,
        secret,
        List.of(further));
  }

  /** The file. */
  public String text() {
    return """
    connections {
      vpn {
        version = 2
        local_addrs = %s
        remote_addrs = %s
        proposals = %s
        encap = yes
    %s
        local {
          auth = psk
          id = %s
        }
        remote {
          auth = psk
          id = %s
        }
        children {
          st0 {
            mode = tunnel
            local_ts = %s
            remote_ts = %s
            esp_proposals = %s
          }
        }
      }
    }
    secrets {
      ike-1 {
        secret = "%s"
      }
    }
    """
        .formatted(
            local,
            remote,
            ikeProposals,
            lines.stream().map(line -> "    " + line).collect(Collectors.joining("\n")),
            localIdentity,
            remoteIdentity,
            selectors,
            selectors,
            espProposals,
            secret);
  }
}
