package dev.culvert.ipsec.peer;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.AddressFamily;
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
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code set} lines of Junos, which Culvert reads as well. */
final class JunosPeer {
  private JunosPeer() {}

  static List<String> render(PeerEnd end) {
    List<String> out = new ArrayList<>();
    String name = end.name();
    out.add("# The other end of vpn " + name + ", for Junos and for Culvert.");
    out.add("# Replace KEY by the pre-shared key and OUTSIDE by the interface that faces us.");
    int number = 0;
    List<String> ikeProposals = new ArrayList<>();
    for (IkeProposal proposal : end.gateway().proposals()) {
      String called = name + "-" + ++number;
      ikeProposals.add(called);
      ike(out, called, proposal);
    }
    String policy = "set security ike policy " + name;
    out.add(policy + " proposals [ " + String.join(" ", ikeProposals) + " ]");
    out.add(policy + " pre-shared-key ascii-text KEY");
    gateway(out, end);
    number = 0;
    List<String> espProposals = new ArrayList<>();
    for (EspProposal proposal : end.vpn().proposals()) {
      String called = name + "-" + ++number;
      espProposals.add(called);
      esp(out, called, proposal);
    }
    policy = "set security ipsec policy " + name;
    out.add(policy + " proposals [ " + String.join(" ", espProposals) + " ]");
    DhGroup pfs = end.vpn().pfsGroup();
    if (pfs != null) {
      out.add(policy + " perfect-forward-secrecy keys " + word(pfs));
    }
    vpn(out, end);
    out.add(
        "set interfaces st0 unit 0 family inet address " + end.tunnelAddressOr("ADDRESS/LENGTH"));
    if (end.isRouteBased()) {
      out.add("# What goes into the tunnel is what is routed into it:");
      out.add("set routing-options static route OUR-PREFIX next-hop st0.0");
    }
    return out;
  }

  private static void ike(List<String> out, String name, IkeProposal proposal) {
    String set = "set security ike proposal " + name;
    out.add(set + " authentication-method pre-shared-keys");
    out.add(set + " dh-group " + word(proposal.dhGroup()));
    switch (proposal.cipher()) {
      case AES_128_GCM -> out.add(set + " encryption-algorithm aes-128-gcm");
      case AES_256_GCM -> out.add(set + " encryption-algorithm aes-256-gcm");
      case AES_256_CBC_HMAC_SHA_256_128 -> out.add(set + " encryption-algorithm aes-256-cbc");
    }
    // Junos takes the PRF from the hash, also where the cipher needs none itself.
    out.add(set + " authentication-algorithm " + hash(proposal.prfs().getFirst()));
    out.add(set + " lifetime-seconds " + proposal.lifetime().toSeconds());
  }

  private static String hash(Prf prf) {
    return switch (prf) {
      case HMAC_SHA2_256 -> "sha-256";
      case HMAC_SHA2_384 -> "sha-384";
    };
  }

  private static String word(DhGroup group) {
    return group.name().toLowerCase(Locale.ROOT);
  }

  private static void gateway(List<String> out, PeerEnd end) {
    String set = "set security ike gateway " + end.name();
    out.add(set + " ike-policy " + end.name());
    out.add(set + " address " + end.remoteOr("OUR-ADDRESS"));
    out.add(set + " external-interface OUTSIDE");
    if (end.local() != null) {
      out.add(set + " local-address " + end.local());
    }
    out.add(set + " version v2-only");
    identity(out, set + " local-identity", end.localIdentity());
    identity(out, set + " remote-identity", end.remoteIdentity());
    DeadPeerDetection detection = end.gateway().deadPeerDetection();
    if (detection != null) {
      String dpd = set + " dead-peer-detection ";
      out.add(dpd + ValueTypes.junosWord(detection.mode()));
      out.add(dpd + "interval " + detection.interval().toSeconds());
      out.add(dpd + "threshold " + detection.threshold());
    }
    if (!end.gateway().natTraversal()) {
      out.add(set + " no-nat-traversal");
    }
    if (end.gateway().forceUdpEncapsulation()) {
      out.add("# On Culvert only; Junos follows what we do:");
      out.add("# " + set + " force-udp-encapsulation");
    }
  }

  private static void identity(List<String> out, String set, @Nullable IkeIdentity identity) {
    switch (identity) {
      case null -> {}
      case IkeIdentity.Inet(var address) ->
          out.add(set + (address.family() == AddressFamily.INET ? " inet " : " inet6 ") + address);
      case IkeIdentity.Hostname host -> out.add(set + " hostname " + host.name());
      case IkeIdentity.UserAtHostname user -> out.add(set + " user-at-hostname " + user.name());
      case IkeIdentity.Other other -> {}
    }
  }

  private static void esp(List<String> out, String name, EspProposal proposal) {
    String set = "set security ipsec proposal " + name;
    out.add(set + " protocol esp");
    switch (proposal.algorithm()) {
      case AES_128_GCM -> out.add(set + " encryption-algorithm aes-128-gcm");
      case AES_256_GCM -> out.add(set + " encryption-algorithm aes-256-gcm");
      case CHACHA20_POLY1305 -> out.add(set + " encryption-algorithm chacha20-poly1305");
      case AES_256_CBC_HMAC_SHA_256_128 -> {
        out.add(set + " encryption-algorithm aes-256-cbc");
        out.add(set + " authentication-algorithm hmac-sha-256-128");
      }
    }
    if (proposal.extendedSequenceNumbers()) {
      out.add(set + " extended-sequence-number");
    }
    out.add(set + " lifetime-seconds " + proposal.lifetime().toSeconds());
  }

  private static void vpn(List<String> out, PeerEnd end) {
    String set = "set security ipsec vpn " + end.name();
    out.add(set + " bind-interface st0.0");
    out.add(set + " ike gateway " + end.name());
    out.add(set + " ike ipsec-policy " + end.name());
    for (ChildSelectors selectors : end.vpn().selectors()) {
      String statement =
          switch (selectors.kind()) {
            case ANYTHING -> "";
            case PROXY_IDENTITY -> " ike proxy-identity";
            case TRAFFIC_SELECTOR -> " traffic-selector " + selectors.name();
          };
      if (!statement.isEmpty()) {
        boolean proxy = selectors.kind() == ChildSelectors.Kind.PROXY_IDENTITY;
        prefixes(selectors.remote())
            .forEach(p -> out.add(set + statement + (proxy ? " local " : " local-ip ") + p));
        prefixes(selectors.local())
            .forEach(p -> out.add(set + statement + (proxy ? " remote " : " remote-ip ") + p));
      }
    }
    boolean weBegin =
        end.vpn().establishTunnels() == EstablishTunnels.IMMEDIATELY && !end.gateway().isDynamic();
    out.add(set + " establish-tunnels " + (weBegin ? "on-traffic" : "immediately"));
  }

  private static List<IpPrefix> prefixes(List<TrafficSelector> selectors) {
    return selectors.stream()
        .flatMap(s -> SelectorPrefixes.prefixes(s).stream())
        .distinct()
        .toList();
  }
}
