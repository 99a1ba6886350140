package dev.culvert.ipsec.ike.negotiation;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.IkeProposal;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.message.Proposal;
import dev.culvert.ipsec.ike.message.Transform;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which statement to change where a tunnel does not come up: one of ours, or, behind {@code peer:},
 * what the peer's would have to be. Pure.
 */
public final class Remedies {
  private static final String PEER = "peer: ";

  /** Of a hostile offer only so many are told. */
  private static final int MOST = 3;

  private static final int[] TYPES = {
    Transform.ENCR, Transform.PRF, Transform.INTEG, Transform.DH, Transform.ESN
  };

  private Remedies() {}

  /** Where no more is known than the reason. */
  public static List<String> of(DownReason reason, GatewayConfig gateway, VpnConfig vpn) {
    String ours = "set security ike gateway " + gateway.name();
    return switch (reason) {
      case NO_LOCAL_ADDRESS ->
          List.of(
              "set interfaces "
                  + gateway.externalInterface().toString().replaceFirst("\\.(\\d+)$", " unit $1")
                  + " family inet address ADDRESS/LENGTH",
              ours + " external-interface INTERFACE");
      case LOCAL_PORT_REFUSED ->
          List.of(
              "end the program that holds UDP port 500 or 4500: ss -lunp",
              ours + " local-address ADDRESS, another of ours");
      case NO_RESPONSE ->
          List.of(
              ours + " address " + (gateway.address() == null ? "ADDRESS" : gateway.address()),
              PEER + "UDP ports 500 and 4500 open, and a gateway with our address");
      case NO_PROPOSAL_CHOSEN -> asOurs(gateway.proposals());
      case INVALID_KE_PAYLOAD ->
          gateway.proposals().stream()
              .map(p -> PEER + "set security ike proposal NAME dh-group " + word(p.dhGroup()))
              .distinct()
              .toList();
      case AUTHENTICATION_FAILED ->
          List.of(
              "set security ike policy "
                  + gateway.ikePolicy()
                  + " pre-shared-key ascii-text KEY, the same as at the peer",
              ours + " local-identity " + statement(gateway.localIdentity(), "IDENTITY"),
              ours + " remote-identity " + statement(gateway.remoteIdentity(), "IDENTITY"));
      case TS_UNACCEPTABLE -> forSelectors(null, vpn);
      case IKE_VERSION -> List.of(PEER + "set security ike gateway NAME version v2-only");
      case NO_PEER_ADDRESS ->
          List.of(ours + " address ADDRESS, or what a name server knows an address of");
      case CONFIGURATION_CHANGED,
          NONE,
          NOT_STARTED,
          NEGOTIATING,
          IDENTITY_MISMATCH,
          NOT_ADMITTED,
          PEER_DEAD,
          MONITOR_FAILED,
          DELETED_BY_PEER,
          CLEARED,
          LIFETIME_EXPIRED,
          PROTOCOL_ERROR,
          SHUT_DOWN ->
          List.of();
    };
  }

  /** The peer answers on UDP port 500, and nothing comes of what goes to its port 4500. */
  public static List<String> forBlockedPort(GatewayConfig gateway) {
    List<String> remedies = new ArrayList<>();
    remedies.add("network, and peer: UDP port 4500 open in both directions, as port 500 is");
    if (gateway.forceUdpEncapsulation()) {
      remedies.add(
          "delete security ike gateway "
              + gateway.name()
              + " force-udp-encapsulation, where IP protocol 50 passes");
    }
    return remedies;
  }

  /**
   * The two sides have no traffic in common that the tunnel could carry.
   *
   * @param theirs from our point of view; null: the peer does not say
   */
  public static List<String> forSelectors(Selectors.@Nullable Offer theirs, VpnConfig vpn) {
    ChildSelectors first = vpn.selectors().getFirst();
    if (first.kind() == ChildSelectors.Kind.ANYTHING) {
      return List.of(
          PEER
              + "traffic selectors of everything, 0.0.0.0/0 and ::/0, as of a route-based VPN:"
              + " no traffic-selector and no proxy-identity under security ipsec vpn");
    }
    List<String> remedies = new ArrayList<>();
    boolean isProxy = first.kind() == ChildSelectors.Kind.PROXY_IDENTITY;
    String local = isProxy ? " local " : " local-ip ";
    String remote = isProxy ? " remote " : " remote-ip ";
    String statement = isProxy ? " ike proxy-identity" : " traffic-selector NAME";
    if (theirs != null) {
      Optional<IpPrefix> ours = prefix(theirs.local());
      Optional<IpPrefix> its = prefix(theirs.remote());
      if (ours.isPresent() && its.isPresent()) {
        String vpnStatement = "set security ipsec vpn " + vpn.name() + statement;
        remedies.add(vpnStatement + local + ours.get() + remote + its.get());
      }
    }
    for (ChildSelectors selectors : vpn.selectors().stream().limit(MOST).toList()) {
      Optional<IpPrefix> ours = prefix(selectors.local());
      Optional<IpPrefix> its = prefix(selectors.remote());
      if (ours.isPresent() && its.isPresent()) {
        String vpnStatement = PEER + "set security ipsec vpn NAME" + statement;
        remedies.add(vpnStatement + local + its.get() + remote + ours.get());
      }
    }
    return remedies;
  }

  /** Of the last selector, as the first may be of a packet; empty where it is no prefix. */
  private static Optional<IpPrefix> prefix(List<TrafficSelector> selectors) {
    if (selectors.isEmpty()) {
      return Optional.empty();
    }
    List<IpPrefix> prefixes = SelectorPrefixes.prefixes(selectors.getLast());
    return prefixes.size() == 1 ? Optional.of(prefixes.getFirst()) : Optional.empty();
  }

  /** The peer has refused our offer and does not say what it would take. */
  static List<String> asOurs(List<IkeProposal> ours) {
    List<String> remedies = new ArrayList<>();
    for (IkeProposal p : ours.stream().limit(MOST).toList()) {
      remedies.add(
          PEER
              + "as security ike proposal "
              + p.name()
              + words(Negotiation.ikeOffer(List.of(p), dev.culvert.core.wire.Octets.EMPTY), true));
    }
    remedies.add(PEER + "set security ike gateway NAME version v2-only");
    return remedies;
  }

  /** The same of ESP. */
  public static List<String> asOursEsp(List<EspProposal> ours) {
    return ours.stream()
        .limit(MOST)
        .map(p ->
            PEER
                + "as security ipsec proposal "
                + p.name()
                + words(Negotiation.espOffer(List.of(p), new Spi(0), null), false))
        .toList();
  }

  /** The peer's child SAs take no key exchange, or one of another group (PFS). */
  public static List<String> forPfs(VpnConfig vpn, List<DhGroup> theirs) {
    String policy = "security ipsec policy " + vpn.policyName() + " perfect-forward-secrecy";
    List<String> remedies = new ArrayList<>();
    theirs.forEach(g -> remedies.add("set " + policy + " keys " + word(g)));
    DhGroup ours = vpn.pfsGroup();
    if (ours == null) {
      if (theirs.isEmpty()) {
        remedies.add("set " + policy + " keys GROUP, that of the peer");
      }
      remedies.add(PEER + "delete security ipsec policy NAME perfect-forward-secrecy");
    } else {
      if (theirs.isEmpty()) {
        remedies.add("delete " + policy);
      }
      remedies.add(
          PEER + "set security ipsec policy NAME perfect-forward-secrecy keys " + word(ours));
    }
    return remedies;
  }

  public static List<String> forIke(List<Proposal> offered, List<IkeProposal> ours) {
    List<Proposal> allowed = Negotiation.ikeOffer(ours, dev.culvert.core.wire.Octets.EMPTY);
    String name = ours.isEmpty() ? "NAME" : ours.getFirst().name();
    List<String> remedies =
        disjoint(offered, allowed, "security ike proposal " + name, "security ike proposal NAME");
    return remedies.isEmpty() ? asOurs(ours) : remedies;
  }

  /**
   * @param withKeyExchange the offer says something of PFS
   */
  public static List<String> forEsp(
      List<Proposal> offered, List<EspProposal> ours, VpnConfig vpn, boolean withKeyExchange) {
    List<Proposal> allowed = Negotiation.espOffer(ours, new Spi(0), null);
    String name = ours.isEmpty() ? "NAME" : ours.getFirst().name();
    List<String> remedies =
        disjoint(
            offered, allowed, "security ipsec proposal " + name, "security ipsec proposal NAME");
    if (!remedies.isEmpty() || !withKeyExchange) {
      return remedies.isEmpty() ? asOursEsp(ours) : remedies;
    }
    return forPfs(
        vpn,
        offered.stream()
            .flatMap(p -> p.ofType(Transform.DH).stream())
            .flatMap(t -> DhGroup.ofWireValue(t.id()).stream())
            .distinct()
            .limit(MOST)
            .toList());
  }

  /** The statements of the transform types that have nothing in common. */
  private static List<String> disjoint(
      List<Proposal> offered, List<Proposal> allowed, String here, String there) {
    boolean isIke = there.contains(" ike ");
    List<String> remedies = new ArrayList<>();
    for (int type : TYPES) {
      Set<Transform> theirs = transforms(offered, type);
      Set<Transform> ours = transforms(allowed, type);
      boolean differs = !theirs.isEmpty() && !ours.isEmpty();
      if (!differs || theirs.stream().anyMatch(ours::contains)) {
        continue;
      }
      for (Transform t : theirs.stream().limit(MOST).toList()) {
        word(t, isIke).ifPresent(word -> remedies.add("set " + here + " " + word));
      }
      for (Transform t : ours.stream().limit(MOST).toList()) {
        word(t, isIke).ifPresent(word -> remedies.add(PEER + "set " + there + " " + word));
      }
    }
    return remedies;
  }

  private static Set<Transform> transforms(List<Proposal> proposals, int type) {
    Set<Transform> transforms = new LinkedHashSet<>();
    proposals.forEach(p -> transforms.addAll(p.ofType(type)));
    return transforms;
  }

  /** " encryption-algorithm aes-256-gcm, dh-group group31" of a proposal. */
  private static String words(List<Proposal> proposals, boolean isIke) {
    Set<String> words = new LinkedHashSet<>();
    for (Proposal proposal : proposals) {
      proposal.transforms().forEach(t -> word(t, isIke).ifPresent(words::add));
    }
    return ": " + String.join(", ", words);
  }

  /** Statement and value of a transform, if there is one for it. */
  private static Optional<String> word(Transform transform, boolean isIke) {
    return Optional.ofNullable(
        switch (transform.type()) {
          case Transform.ENCR -> encryption(transform, isIke);
          case Transform.PRF ->
              switch (transform.id()) {
                case 5 -> "prf hmac-sha2-256";
                case 6 -> "prf hmac-sha2-384";
                default -> null;
              };
          case Transform.INTEG ->
              transform.id() != 12
                  ? null
                  : "authentication-algorithm " + (isIke ? "sha-256" : "hmac-sha-256-128");
          case Transform.DH ->
              DhGroup.ofWireValue(transform.id()).map(g -> "dh-group " + word(g)).orElse(null);
          case Transform.ESN -> transform.id() == 1 ? "extended-sequence-number" : null;
          default -> null;
        });
  }

  private static @Nullable String encryption(Transform transform, boolean isIke) {
    String cipher =
        switch (transform.id()) {
          case 12 -> transform.keyBits() == 256 ? "aes-256-cbc" : null;
          case 20 -> transform.keyBits() == 192 ? null : "aes-" + transform.keyBits() + "-gcm";
          case 28 -> isIke ? null : "chacha20-poly1305";
          default -> null;
        };
    return cipher == null ? null : "encryption-algorithm " + cipher;
  }

  private static String word(DhGroup group) {
    return "group" + group.wireValue();
  }

  /** The peer says it is somebody else than we expect. */
  public static List<String> forRemoteIdentity(
      GatewayConfig gateway, IkeIdentity said, IkeIdentity expected) {
    return List.of(
        "set security ike gateway "
            + gateway.name()
            + " remote-identity "
            + statement(said, "IDENTITY"),
        PEER + "set security ike gateway NAME local-identity " + statement(expected, "IDENTITY"));
  }

  /** The peer asks for somebody else than we are. */
  public static List<String> forLocalIdentity(
      GatewayConfig gateway, @Nullable IkeIdentity wanted, IkeIdentity ours) {
    return List.of(
        "set security ike gateway "
            + gateway.name()
            + " local-identity "
            + statement(wanted, "IDENTITY"),
        PEER + "set security ike gateway NAME remote-identity " + statement(ours, "IDENTITY"));
  }

  private static String statement(@Nullable IkeIdentity identity, String unknown) {
    return switch (identity) {
      case null -> unknown;
      case IkeIdentity.Inet(var address) ->
          (address.family().bits() == 32 ? "inet " : "inet6 ") + address;
      case IkeIdentity.Hostname(String name) -> "hostname " + name;
      case IkeIdentity.UserAtHostname(String name) -> "user-at-hostname " + name;
      case IkeIdentity.Other other -> unknown;
    };
  }
}
