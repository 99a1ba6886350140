package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.TunnelEvent;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.path.PathState;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/** The tunnel to one peer: what it is to carry, its SA pairs, and why it is down if it is. */
public final class Vpn {
  /** For how long a peer is taken to be one that cannot stand what has cost an IKE SA. */
  public static final Duration REFUSAL_REMEMBERED = Duration.ofHours(1);

  private static final int MAX_EVENTS = 20;

  public final int id;
  public final GatewayConfig gateway;

  /**
   * What stands for all peers of the gateway, where this is one of many, or whose peer has told us
   * of this one's; else null. It goes with that.
   */
  public final @Nullable Vpn group;

  /** Where this leads to another of the group's peers instead; else null. */
  public final @Nullable Shortcut shortcut;

  /** Which of them this is; empty where it is the only one. */
  public final String peerKey;

  /** The VPNs with that gateway: one IKE SA is for all of them. */
  public final List<VpnConfig> configs;

  /** The first of them, which the tunnel is named after. */
  public final VpnConfig config;

  /** The same VPNs, as they are up or down. */
  public final List<VpnMember> members;

  /** In the order of their installation. */
  public final List<ChildPair> pairs = new ArrayList<>();

  /** By our own SPI; {@link IkeSaTable} keeps them. */
  public final SortedMap<Long, IkeSa> ikeSas = new TreeMap<>();

  /** What it is to carry, in the order of the configuration; at least one. */
  public final List<ChildPolicy> policies;

  public final PathState path = new PathState();

  /** The ways to the peer, and which is tried next. */
  public final PeerAddresses addresses;

  /** What was told of it last. */
  public @Nullable IpAddress toldRemote;

  public @Nullable IpAddress localAddress;
  public boolean up;
  public Instant since;
  public DownReason reason = DownReason.NOT_STARTED;
  public String lastFailure = "";

  /** What to change, as statements. */
  public List<String> remedies = List.of();

  /** In a row; sets the pause before the next attempt. */
  public int failuresInARow;

  /** The last attempt was one more at once, as it was uncertain which request had been answered. */
  public boolean triedOtherForm;

  /** IKE SAs in a row that came to a bad end soon after they had begun. */
  public int relapses;

  /**
   * The path is not probed before: the peer ended an IKE SA because of a probe, or it never got
   * one. Peers and paths change, so that is not for ever.
   */
  public Instant pathProbesFrom = Instant.EPOCH;

  /** Likewise: the peer ended an IKE SA because more than one pair was asked for. */
  public Instant additionalPairsFrom = Instant.EPOCH;

  /** What the peer asked for by INVALID_KE_PAYLOAD, for the next attempt. */
  public @Nullable DhGroup preferredGroup;

  /** As the peer has said of itself when it authenticated itself last. */
  public boolean peerSuggestsShortcuts;

  public boolean peerBuildsShortcuts;

  /** When a datagram of IKEv1 came from the peer's address. */
  public Instant calledByVersion1 = Instant.EPOCH;

  /** Until then no further datagram that anyone may have sent is taken for a failure. */
  public Instant suspicionsFrom = Instant.EPOCH;

  public long ikeRekeys;
  public long childRekeys;
  public long negotiations;
  public long failures;
  private final Deque<TunnelEvent> events = new ArrayDeque<>();

  /**
   * @param numbers a number of its own for each policy; the first is the tunnel's as well
   * @param configs the VPNs with that gateway, in the order of the configuration
   */
  public Vpn(
      ToIntBiFunction<VpnConfig, ChildSelectors> numbers,
      GatewayConfig gateway,
      List<VpnConfig> configs,
      int queues,
      Instant now) {
    this(numbers, gateway, configs, queues, now, null, "", null);
  }

  private Vpn(
      ToIntBiFunction<VpnConfig, ChildSelectors> numbers,
      GatewayConfig gateway,
      List<VpnConfig> configs,
      int queues,
      Instant now,
      @Nullable Vpn group,
      String peerKey,
      @Nullable Shortcut shortcut) {
    this.group = group;
    this.peerKey = peerKey;
    this.shortcut = shortcut;
    this.gateway = gateway;
    this.addresses = new PeerAddresses(gateway.addresses());
    this.configs = List.copyOf(configs);
    this.config = configs.getFirst();
    this.since = now;
    List<VpnMember> all = new ArrayList<>();
    List<ChildPolicy> each = new ArrayList<>();
    for (VpnConfig one : configs) {
      VpnMember member = new VpnMember(one, this, now);
      all.add(member);
      for (ChildSelectors selectors : one.selectors()) {
        int number = numbers.applyAsInt(one, selectors);
        each.add(new ChildPolicy(number, each.size(), member, selectors, queues));
      }
    }
    this.members = List.copyOf(all);
    this.policies = List.copyOf(each);
    this.id = policies.getFirst().number;
  }

  /**
   * The tunnel to one of the many peers of a gateway.
   *
   * @param group the tunnel that stands for all that may come
   * @param peer who has come
   * @param key by which it is known among the peers of the group
   */
  public Vpn(
      ToIntBiFunction<VpnConfig, ChildSelectors> numbers,
      Vpn group,
      IkeIdentity peer,
      String key,
      int queues,
      Instant now) {
    this(numbers, group.gateway.of(peer), group.configs, queues, now, group, key, null);
  }

  /**
   * A shortcut.
   *
   * @param suggester the tunnel whose peer has told us of it
   */
  public Vpn(
      ToIntBiFunction<VpnConfig, ChildSelectors> numbers,
      Vpn suggester,
      Shortcut shortcut,
      GatewayConfig gateway,
      VpnConfig config,
      int queues,
      Instant now) {
    this(numbers, gateway, List.of(config), queues, now, suggester, shortcut.key(), shortcut);
  }

  /** Unique among all tunnels: the name of the first VPN that it carries, and of many the peer. */
  public String name() {
    return peerKey.isEmpty() ? config.name() : config.name() + " " + peerKey;
  }

  /** It stands for all peers of its gateway, each of which has a tunnel of its own. */
  public boolean isGroup() {
    return group == null && gateway.hasManyPeers();
  }

  /** Its peer builds shortcuts, and may be told of others that do. */
  public boolean mayBeTold() {
    return gateway.suggestsShortcuts() && peerBuildsShortcuts;
  }

  /** What its peer suggests is to be done. */
  public boolean takesSuggestions() {
    return gateway.takesShortcuts() && peerSuggestsShortcuts;
  }

  /** The units of st0 that its VPNs are bound to. */
  public List<InterfaceName> units() {
    return configs.stream().map(VpnConfig::bindInterface).distinct().toList();
  }

  /** The most eager of its VPNs. */
  public EstablishTunnels establishTunnels() {
    return configs.stream()
        .map(VpnConfig::establishTunnels)
        .min(Comparator.naturalOrder())
        .orElse(config.establishTunnels());
  }

  /** The next suspicion would be told. */
  public boolean maySuspect(Instant now) {
    return !now.isBefore(suspicionsFrom);
  }

  /** Adds to "Tunnel events", folding repetitions. */
  public void record(Instant now, String text) {
    TunnelEvent last = events.peekLast();
    if (last != null && last.text().equals(text)) {
      events.removeLast();
      events.add(new TunnelEvent(now, text, last.count() + 1));
      return;
    }
    events.add(new TunnelEvent(now, text, 1));
    if (events.size() > MAX_EVENTS) {
      events.removeFirst();
    }
  }

  public List<TunnelEvent> events() {
    return List.copyOf(events);
  }

  /** That pair's outbound SA carries the packets of its policy and queue. */
  public boolean uses(ChildPair pair) {
    return pair.policy.uses(pair);
  }

  /** Of the pairs in use, the one that speaks for the tunnel: on the youngest IKE SA. */
  public @Nullable ChildPair leading() {
    ChildPair leading = null;
    for (ChildPolicy policy : policies) {
      ChildPair own = policy.leading();
      if (own != null && (leading == null || own.owner.index > leading.owner.index)) {
        leading = own;
      }
    }
    return leading;
  }

  /** No policy has a pair that packets go by. */
  public boolean carriesNothing() {
    return policies.stream().noneMatch(ChildPolicy::isUp);
  }

  /** It is one of several that a pair each is negotiated for. */
  public boolean hasSeveralPolicies() {
    return policies.size() > 1;
  }

  /** A packet waits for one of its policies: whether it does. */
  public boolean waitsFor(InterfaceName unit, TrafficSelector source, TrafficSelector destination) {
    boolean isForAny = false;
    for (ChildPolicy policy : policies) {
      boolean isOfUnit = policy.config.bindInterface().equals(unit);
      isForAny |= isOfUnit && policy.waitsFor(source, destination);
    }
    return isForAny;
  }

  /**
   * Which policy an IKE SA begins with: one that a packet waits for, else the first that has not
   * failed of late.
   */
  public ChildPolicy firstPolicy(Instant now) {
    return policies.stream()
        .filter(p -> p.wanted && !now.isBefore(p.notBefore))
        .findFirst()
        .or(() -> policies.stream().filter(p -> !now.isBefore(p.notBefore)).findFirst())
        .orElse(policies.getFirst());
  }

  /** An IKE SA may be ours to begin: we need not wait for the peer. */
  public boolean mayBegin() {
    return establishTunnels() != EstablishTunnels.RESPONDER_ONLY
        && !gateway.isDynamic()
        && (shortcut == null || shortcut.state == Shortcut.State.AWAITED);
  }

  /** Who we say we are: the configured identity, or our address. */
  public IkeIdentity localIdentity(IpAddress local) {
    IkeIdentity configured = gateway.localIdentity();
    return configured != null ? configured : new IkeIdentity.Inet(local);
  }

  /** Who the peer must be: as {@link #expectedIdentity(IpAddress)}, wherever it is. */
  public @Nullable IkeIdentity expectedIdentity() {
    return expectedIdentity(gateway.address());
  }

  /**
   * Who the peer must be: the configured identity, or its address; null where any may come.
   *
   * @param at where it is, which only matters if it has several addresses, or a name
   */
  public @Nullable IkeIdentity expectedIdentity(@Nullable IpAddress at) {
    IkeIdentity configured = gateway.remoteIdentity();
    if (gateway.generalIkeId()) {
      return null;
    }
    if (configured != null || gateway.isDynamic()) {
      return configured;
    }
    IpAddress address = gateway.hasOneAddress() ? gateway.address() : at;
    return address == null ? null : new IkeIdentity.Inet(address);
  }

  /** As operators see the VPNs that it carries. */
  public List<VpnStateView> views() {
    return members.stream().map(VpnMember::view).toList();
  }
}
