package dev.culvert.ipsec.ike;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.TunnelEvent;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One configured VPN with its gateway: its SA pairs, and why it is down if it is. */
final class Vpn {
  /** For how long a peer is taken to be one that cannot stand what has cost an IKE SA. */
  static final Duration REFUSAL_REMEMBERED = Duration.ofHours(1);

  private static final int MAX_EVENTS = 20;

  final int id;
  final GatewayConfig gateway;
  final VpnConfig config;

  /** In the order of their installation. */
  final List<ChildPair> pairs = new ArrayList<>();

  /** By our own SPI; {@link IkeSaTable} keeps them. */
  final SortedMap<Long, IkeSa> ikeSas = new TreeMap<>();

  /** Whose outbound SAs carry the packets, by queue; none while it is down. */
  final SortedMap<Integer, ChildPair> inUse = new TreeMap<>();

  /**
   * Of its first pair, on every IKE SA: of two that were made at once either can take the other's
   * place. Another for the next tunnel, so that all queues have work.
   */
  final int homeQueue;

  final PathState path = new PathState();

  /** What was told of it last. */
  @Nullable IpAddress toldRemote;

  @Nullable IpAddress localAddress;
  boolean up;
  Instant since;
  DownReason reason = DownReason.NOT_STARTED;
  String lastFailure = "";

  /** What to change, as statements. */
  List<String> remedies = List.of();

  /** In a row; sets the pause before the next attempt. */
  int failuresInARow;

  /** The last attempt was one more at once, as it was uncertain which request had been answered. */
  boolean triedOtherForm;

  /** IKE SAs in a row that came to a bad end soon after they had begun. */
  int relapses;

  /**
   * The path is not probed before: the peer ended an IKE SA because of a probe, or it never got
   * one. Peers and paths change, so that is not for ever.
   */
  Instant pathProbesFrom = Instant.EPOCH;

  /** Likewise: the peer ended an IKE SA because more than one pair was asked for. */
  Instant additionalPairsFrom = Instant.EPOCH;

  /** What the peer asked for by INVALID_KE_PAYLOAD, for the next attempt. */
  @Nullable DhGroup preferredGroup;

  /** Likewise for child SAs, where none is configured. */
  @Nullable DhGroup preferredPfsGroup;

  /** When a datagram of IKEv1 came from the peer's address. */
  Instant calledByVersion1 = Instant.EPOCH;

  /** Until then no further datagram that anyone may have sent is taken for a failure. */
  Instant suspicionsFrom = Instant.EPOCH;

  long ikeRekeys;
  long childRekeys;
  long flaps;
  long negotiations;
  long failures;
  private final int queues;
  private final Deque<TunnelEvent> events = new ArrayDeque<>();

  Vpn(int id, GatewayConfig gateway, VpnConfig config, int queues, Instant now) {
    this.id = id;
    this.queues = queues;
    this.homeQueue = id % queues;
    this.gateway = gateway;
    this.config = config;
    this.since = now;
  }

  /** The next suspicion would be told. */
  boolean maySuspect(Instant now) {
    return !now.isBefore(suspicionsFrom);
  }

  /** Adds to "Tunnel events", folding repetitions. */
  void record(Instant now, String text) {
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

  List<TunnelEvent> events() {
    return List.copyOf(events);
  }

  int queueOf(ChildPair pair) {
    return pair.inboundSpi().queue(queues);
  }

  /** That pair's outbound SA carries the packets of its queue. */
  boolean uses(ChildPair pair) {
    return inUse.get(queueOf(pair)) == pair;
  }

  /** Of the pairs in use, the one that speaks for the tunnel. */
  @Nullable ChildPair leading() {
    ChildPair atHome = inUse.get(homeQueue);
    return atHome != null || inUse.isEmpty() ? atHome : inUse.firstEntry().getValue();
  }

  @Nullable ChildPair newestUsable(int queue) {
    return newestUsable(pairs.stream().filter(p -> queueOf(p) == queue).toList());
  }

  @Nullable ChildPair newestUsable() {
    return newestUsable(pairs);
  }

  private static @Nullable ChildPair newestUsable(List<ChildPair> pairs) {
    return pairs.reversed().stream()
        .filter(p -> p.state == ChildPair.State.INSTALLED)
        .findFirst()
        .orElse(pairs.reversed().stream().filter(ChildPair::isUsable).findFirst().orElse(null));
  }

  /**
   * Both sides have asked for a first pair at once: as with rekeys (§2.8.1) the one with the lowest
   * nonce is redundant. Whoever gets its response last sees both, and deletes it.
   */
  @Nullable ChildPair redundant(ChildPair made) {
    ChildPair other = newestUsable(queueOf(made));
    if (other == null || other.state != ChildPair.State.INSTALLED || other.owner != made.owner) {
      return null;
    }
    return made.lowestNonce.compareTo(other.lowestNonce) < 0 ? made : other;
  }

  /** Who we say we are: the configured identity, or our address. */
  IkeIdentity localIdentity(IpAddress local) {
    IkeIdentity configured = gateway.localIdentity();
    return configured != null ? configured : new IkeIdentity.Inet(local);
  }

  /** Who the peer must be: the configured identity, or its address; null where any may come. */
  @Nullable IkeIdentity expectedIdentity() {
    IkeIdentity configured = gateway.remoteIdentity();
    IpAddress address = gateway.address();
    if (configured != null || address == null) {
      return configured;
    }
    return new IkeIdentity.Inet(address);
  }

  VpnStateView view() {
    IpAddress local = localAddress;
    IkeIdentity expected = expectedIdentity();
    return new VpnStateView(
        id,
        config.name(),
        gateway.name(),
        config.bindInterface(),
        gateway.address() == null ? "dynamic" : gateway.address().toString(),
        local == null ? "" : localIdentity(local).toString(),
        expected == null ? "" : expected.toString(),
        ValueTypes.junosWord(config.establishTunnels()),
        up,
        inUse.size(),
        since,
        up ? DownReason.NONE : reason,
        lastFailure,
        up ? List.of() : remedies,
        ikeRekeys,
        childRekeys,
        flaps,
        negotiations,
        failures,
        events());
  }
}
