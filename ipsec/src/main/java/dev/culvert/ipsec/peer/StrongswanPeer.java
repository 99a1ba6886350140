package dev.culvert.ipsec.peer;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.Prf;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code swanctl.conf} of strongSwan 5.7 and later. */
final class StrongswanPeer {
  /** Marks the policies of an XFRM interface, which stands for the tunnel interface. */
  private static final int INTERFACE_ID = 1;

  private StrongswanPeer() {}

  static List<String> render(PeerEnd end) {
    List<String> out = new ArrayList<>();
    String name = end.name();
    out.add("# The other end of vpn " + name + ": /etc/swanctl/conf.d/" + name + ".conf");
    out.add("# The pre-shared key is left out. Put it beside this file, into " + name + ".secret:");
    out.add("#     secret = \"KEY\"");
    if (end.isRouteBased()) {
      out.add("# What goes into the tunnel is what is routed into its interface:");
      out.add("#     ip link add st0 type xfrm if_id " + INTERFACE_ID);
      out.add("#     ip addr add " + end.tunnelAddressOr("ADDRESS/LENGTH") + " dev st0");
      out.add("#     ip link set st0 up && ip route add OUR-PREFIX dev st0");
    }
    out.add("connections {");
    out.add("  " + name + " {");
    out.add("    version = 2");
    out.add("    local_addrs = " + end.localOr("%any"));
    out.add("    remote_addrs = " + end.remoteOr("%any"));
    out.add("    proposals = " + ikeProposals(end));
    out.add("    rekey_time = " + rekeySeconds(end.gateway().proposals().getFirst()) + "s");
    DeadPeerDetection detection = end.gateway().deadPeerDetection();
    if (detection != null) {
      out.add("    dpd_delay = " + detection.interval().toSeconds() + "s");
    }
    if (end.gateway().forceUdpEncapsulation()) {
      out.add("    encap = yes");
    }
    side(out, "local", end.localIdentity());
    side(out, "remote", end.remoteIdentity());
    out.add("    children {");
    for (ChildSelectors selectors : end.vpn().selectors()) {
      child(out, end, selectors);
    }
    out.add("    }");
    out.add("  }");
    out.add("}");
    out.add("secrets {");
    out.add("  ike-" + name + " {");
    identity(end.localIdentity()).ifPresent(id -> out.add("    id-local = " + id));
    identity(end.remoteIdentity()).ifPresent(id -> out.add("    id-remote = " + id));
    out.add("    include " + name + ".secret");
    out.add("  }");
    out.add("}");
    return out;
  }

  /** The type is spelled out, lest a name be taken for something else. */
  private static Optional<String> identity(@Nullable IkeIdentity identity) {
    return switch (identity) {
      case null -> Optional.empty();
      case IkeIdentity.Inet inet -> Optional.of(inet.address().toString());
      case IkeIdentity.Hostname host -> Optional.of("fqdn:" + host.name());
      case IkeIdentity.UserAtHostname user -> Optional.of("email:" + user.name());
      case IkeIdentity.Other other -> Optional.empty();
    };
  }

  private static void side(List<String> out, String side, @Nullable IkeIdentity identity) {
    out.add("    " + side + " {");
    out.add("      auth = psk");
    identity(identity).ifPresent(id -> out.add("      id = " + id));
    out.add("    }");
  }

  private static void child(List<String> out, PeerEnd end, ChildSelectors selectors) {
    boolean anything = selectors.kind() == ChildSelectors.Kind.ANYTHING;
    String suffix = selectors.name().isEmpty() ? "" : "-" + selectors.name();
    out.add("      " + end.name() + suffix + " {");
    out.add("        local_ts = " + selectors(selectors.remote(), end, anything));
    out.add("        remote_ts = " + selectors(selectors.local(), end, anything));
    out.add("        esp_proposals = " + espProposals(end));
    EspProposal first = end.vpn().proposals().getFirst();
    // A tenth before the SA ends, as strongSwan itself has it.
    out.add("        rekey_time = " + first.lifetime().toSeconds() * 9 / 10 + "s");
    out.add("        life_time = " + first.lifetime().toSeconds() + "s");
    if (anything) {
      out.add("        if_id_in = " + INTERFACE_ID);
      out.add("        if_id_out = " + INTERFACE_ID);
    }
    out.add("        start_action = " + startAction(end));
    if (end.gateway().deadPeerDetection() != null) {
      out.add("        dpd_action = " + (startAction(end).equals("none") ? "clear" : "restart"));
    }
    out.add("      }");
  }

  /** Who has no other to wait for begins; of two that both begin, one is enough. */
  private static String startAction(PeerEnd end) {
    boolean weBegin =
        end.vpn().establishTunnels() == EstablishTunnels.IMMEDIATELY && !end.gateway().isDynamic();
    return weBegin ? "none" : "start";
  }

  private static String selectors(List<TrafficSelector> selectors, PeerEnd end, boolean anything) {
    if (anything) {
      return end.hasInet6() ? "0.0.0.0/0,::/0" : "0.0.0.0/0";
    }
    return selectors.stream()
        .flatMap(s -> SelectorPrefixes.prefixes(s).stream().map(p -> selector(s, p)))
        .collect(Collectors.joining(","));
  }

  private static String selector(TrafficSelector selector, IpPrefix prefix) {
    boolean allPorts = selector.startPort() == 0 && selector.endPort() == SelectorPrefixes.MAX_PORT;
    if (selector.protocol() == 0 && allPorts) {
      return prefix.toString();
    }
    String protocol = selector.protocol() == 0 ? "any" : Integer.toString(selector.protocol());
    String ports =
        allPorts
            ? ""
            : selector.startPort() == selector.endPort()
                ? "/" + selector.startPort()
                : "/" + selector.startPort() + "-" + selector.endPort();
    return prefix + "[" + protocol + ports + "]";
  }

  private static String ikeProposals(PeerEnd end) {
    return end.gateway().proposals().stream()
        .map(p ->
            switch (p.cipher()) {
                  case AES_128_GCM -> "aes128gcm16";
                  case AES_256_GCM -> "aes256gcm16";
                  case AES_256_CBC_HMAC_SHA_256_128 -> "aes256-sha256";
                }
                + p.prfs().stream().map(StrongswanPeer::prf).collect(Collectors.joining())
                + "-"
                + group(p.dhGroup()))
        .collect(Collectors.joining(","));
  }

  private static String prf(Prf prf) {
    return switch (prf) {
      case HMAC_SHA2_256 -> "-prfsha256";
      case HMAC_SHA2_384 -> "-prfsha384";
    };
  }

  private static String group(DhGroup group) {
    return switch (group) {
      case GROUP14 -> "modp2048";
      case GROUP19 -> "ecp256";
      case GROUP20 -> "ecp384";
      case GROUP31 -> "curve25519";
    };
  }

  private static String espProposals(PeerEnd end) {
    DhGroup pfs = end.vpn().pfsGroup();
    return end.vpn().proposals().stream()
        .map(p ->
            switch (p.algorithm()) {
                  case AES_128_GCM -> "aes128gcm16";
                  case AES_256_GCM -> "aes256gcm16";
                  case CHACHA20_POLY1305 -> "chacha20poly1305";
                  case AES_256_CBC_HMAC_SHA_256_128 -> "aes256-sha256";
                }
                + (pfs == null ? "" : "-" + group(pfs))
                + (p.extendedSequenceNumbers() ? "-esn-noesn" : ""))
        .collect(Collectors.joining(","));
  }

  private static long rekeySeconds(IkeProposal proposal) {
    return proposal.lifetime().toSeconds() * 9 / 10;
  }
}
