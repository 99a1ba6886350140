package dev.culvert.ipsec.peer;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.Prf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** IOS XE with a static virtual tunnel interface. */
final class CiscoPeer {
  private CiscoPeer() {}

  static List<String> render(PeerEnd end) {
    List<String> out = new ArrayList<>();
    String name = end.name();
    out.add("! The other end of vpn " + name + ", for Cisco IOS XE.");
    out.add("! Replace KEY by the pre-shared key and OUTSIDE by the interface that faces us.");
    List<IkeProposal> proposals = end.gateway().proposals();
    int number = 0;
    List<String> names = new ArrayList<>();
    for (IkeProposal proposal : proposals) {
      String called = name + "-" + ++number;
      names.add(called);
      ike(out, called, proposal);
    }
    out.add("crypto ikev2 policy " + name);
    names.forEach(called -> out.add(" proposal " + called));
    out.add("crypto ikev2 keyring " + name);
    out.add(" peer " + name);
    out.add("  address " + end.remoteOr("0.0.0.0 0.0.0.0"));
    out.add("  pre-shared-key KEY");
    out.add("crypto ikev2 profile " + name);
    identity(out, " match identity remote ", end.remoteIdentity());
    identity(out, " identity local ", end.localIdentity());
    out.add(" authentication remote pre-share");
    out.add(" authentication local pre-share");
    out.add(" keyring local " + name);
    out.add(" lifetime " + proposals.getFirst().lifetime().toSeconds());
    DeadPeerDetection detection = end.gateway().deadPeerDetection();
    if (detection != null) {
      // It wants ten seconds at least.
      long interval = Math.max(10, detection.interval().toSeconds());
      out.add(" dpd " + interval + " 2 on-demand");
    }
    List<String> sets = new ArrayList<>();
    number = 0;
    for (EspProposal proposal : end.vpn().proposals()) {
      String called = name + "-" + ++number;
      if (transform(proposal).isEmpty()) {
        out.add("! Not there: " + proposal.algorithm().junosName());
        continue;
      }
      sets.add(called);
      out.add("crypto ipsec transform-set " + called + " " + transform(proposal));
      out.add(" mode tunnel");
    }
    out.add("crypto ipsec profile " + name);
    out.add(" set transform-set " + String.join(" ", sets));
    DhGroup pfs = end.vpn().pfsGroup();
    if (pfs != null) {
      out.add(" set pfs group" + pfs.wireValue());
    }
    out.add(
        " set security-association lifetime seconds "
            + end.vpn().proposals().getFirst().lifetime().toSeconds());
    out.add(" set ikev2-profile " + name);
    tunnel(out, end);
    return out;
  }

  private static void ike(List<String> out, String name, IkeProposal proposal) {
    out.add("crypto ikev2 proposal " + name);
    boolean is256 = proposal.prfs().contains(Prf.HMAC_SHA2_256);
    switch (proposal.cipher()) {
      case AES_128_GCM -> out.add(" encryption aes-gcm-128");
      case AES_256_GCM -> out.add(" encryption aes-gcm-256");
      case AES_256_CBC_HMAC_SHA_256_128 -> {
        out.add(" encryption aes-cbc-256");
        out.add(" integrity sha256");
      }
    }
    out.add(" prf " + (is256 ? "sha256" : "sha384"));
    out.add(" group " + proposal.dhGroup().wireValue());
  }

  private static void identity(List<String> out, String words, @Nullable IkeIdentity identity) {
    switch (identity) {
      case null -> out.add("!" + words + "IDENTITY");
      case IkeIdentity.Inet inet -> out.add(words + "address " + inet.address());
      case IkeIdentity.Hostname host -> out.add(words + "fqdn " + host.name());
      case IkeIdentity.UserAtHostname user -> out.add(words + "email " + user.name());
      case IkeIdentity.Other other -> out.add("!" + words + "IDENTITY");
    }
  }

  /** Empty where IOS XE has none. */
  private static String transform(EspProposal proposal) {
    return switch (proposal.algorithm()) {
      case AES_128_GCM -> "esp-gcm 128";
      case AES_256_GCM -> "esp-gcm 256";
      case CHACHA20_POLY1305 -> "";
      case AES_256_CBC_HMAC_SHA_256_128 -> "esp-aes 256 esp-sha256-hmac";
    };
  }

  private static void tunnel(List<String> out, PeerEnd end) {
    InterfaceAddress address = end.tunnelAddress();
    out.add("interface Tunnel0");
    out.add(
        " ip address "
            + (address == null ? "ADDRESS MASK" : address.address() + " " + mask(address)));
    out.add(" tunnel source " + end.localOr("OUTSIDE"));
    out.add(" tunnel destination " + end.remoteOr("OUR-ADDRESS"));
    out.add(" tunnel mode ipsec ipv4");
    out.add(" tunnel protection ipsec profile " + end.name());
    if (end.isRouteBased()) {
      out.add("! What goes into the tunnel is what is routed into it:");
      out.add("ip route OUR-PREFIX MASK Tunnel0");
    } else {
      Selectors.comments(end, "! ", out);
    }
  }

  private static String mask(InterfaceAddress address) {
    int bits = address.prefix().length() == 0 ? 0 : -1 << (32 - address.prefix().length());
    return new Ipv4Address(bits).toString();
  }
}
