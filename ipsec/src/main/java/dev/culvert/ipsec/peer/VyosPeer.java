package dev.culvert.ipsec.peer;

import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.crypto.Prf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code set} lines of VyOS 1.4, with a VTI for the tunnel interface. */
final class VyosPeer {
  private VyosPeer() {}

  static List<String> render(PeerEnd end) {
    List<String> out = new ArrayList<>();
    String name = end.name();
    out.add("# The other end of vpn " + name + ", for VyOS 1.4.");
    out.add("# Replace KEY by the pre-shared key and eth0 by the interface that faces us.");
    ike(out, end);
    esp(out, end);
    String psk = "set vpn ipsec authentication psk " + name;
    out.add(psk + " id " + text(end.localIdentity(), "PEER-IDENTITY"));
    out.add(psk + " id " + text(end.remoteIdentity(), "OUR-IDENTITY"));
    out.add(psk + " secret KEY");
    String peer = "set vpn ipsec site-to-site peer " + name;
    out.add(peer + " authentication mode pre-shared-secret");
    out.add(peer + " authentication local-id " + text(end.localIdentity(), "PEER-IDENTITY"));
    out.add(peer + " authentication remote-id " + text(end.remoteIdentity(), "OUR-IDENTITY"));
    out.add(peer + " connection-type " + (weBegin(end) ? "respond" : "initiate"));
    out.add(peer + " ike-group " + name);
    out.add(peer + " default-esp-group " + name);
    out.add(peer + " local-address " + end.localOr("any"));
    out.add(peer + " remote-address " + end.remoteOr("any"));
    if (end.gateway().forceUdpEncapsulation()) {
      out.add(peer + " force-udp-encapsulation");
    }
    out.add(peer + " vti bind vti0");
    out.add(peer + " vti esp-group " + name);
    out.add("set vpn ipsec interface eth0");
    out.add("set interfaces vti vti0 address " + end.tunnelAddressOr("ADDRESS/LENGTH"));
    if (end.isRouteBased()) {
      out.add("# What goes into the tunnel is what is routed into it:");
      out.add("set protocols static route OUR-PREFIX interface vti0");
    } else {
      Selectors.comments(end, "# ", out);
    }
    return out;
  }

  private static boolean weBegin(PeerEnd end) {
    return end.vpn().establishTunnels() == EstablishTunnels.IMMEDIATELY
        && !end.gateway().isDynamic();
  }

  private static String text(@Nullable IkeIdentity identity, String otherwise) {
    return identity == null ? otherwise : identity.toString();
  }

  private static void ike(List<String> out, PeerEnd end) {
    String set = "set vpn ipsec ike-group " + end.name();
    out.add(set + " key-exchange ikev2");
    List<IkeProposal> proposals = end.gateway().proposals();
    out.add(set + " lifetime " + proposals.getFirst().lifetime().toSeconds());
    DeadPeerDetection detection = end.gateway().deadPeerDetection();
    if (detection != null) {
      out.add(set + " dead-peer-detection action " + (weBegin(end) ? "clear" : "restart"));
      out.add(set + " dead-peer-detection interval " + detection.interval().toSeconds());
    }
    int number = 0;
    for (IkeProposal proposal : proposals) {
      String one = set + " proposal " + ++number;
      out.add(one + " dh-group " + proposal.dhGroup().wireValue());
      out.add(
          one
              + " encryption "
              + switch (proposal.cipher()) {
                case AES_128_GCM -> "aes128gcm128";
                case AES_256_GCM -> "aes256gcm128";
                case AES_256_CBC_HMAC_SHA_256_128 -> "aes256";
              });
      boolean is256 = proposal.prfs().contains(Prf.HMAC_SHA2_256);
      out.add(one + " hash " + (is256 ? "sha256" : "sha384"));
      out.add(one + " prf " + (is256 ? "prfsha256" : "prfsha384"));
    }
  }

  private static void esp(List<String> out, PeerEnd end) {
    String set = "set vpn ipsec esp-group " + end.name();
    List<EspProposal> proposals = end.vpn().proposals();
    out.add(set + " mode tunnel");
    out.add(set + " lifetime " + proposals.getFirst().lifetime().toSeconds());
    DhGroup pfs = end.vpn().pfsGroup();
    out.add(set + " pfs " + (pfs == null ? "disable" : "dh-group" + pfs.wireValue()));
    int number = 0;
    for (EspProposal proposal : proposals) {
      String one = set + " proposal " + ++number;
      switch (proposal.algorithm()) {
        case AES_128_GCM -> out.add(one + " encryption aes128gcm128");
        case AES_256_GCM -> out.add(one + " encryption aes256gcm128");
        case CHACHA20_POLY1305 -> out.add(one + " encryption chacha20poly1305");
        case AES_256_CBC_HMAC_SHA_256_128 -> out.add(one + " encryption aes256");
      }
      out.add(one + " hash sha256");
    }
  }
}
