package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.GatewayConfig;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.config.VpnConfig;
import dev.culvert.ipsec.crypto.DhGroup;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.TunnelEvent;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.path.PathState;
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
public final class Vpn {
  /** For how long a peer is taken to be one that cannot stand what has cost an IKE SA. */
  public static final Duration REFUSAL_REMEMBERED = Duration.ofHours(1);

  private static final int MAX_EVENTS = 20;

  public final int id;
  public final GatewayConfig gateway;
  public final VpnConfig config;

  /** In the order of their installation. */
  public final List<ChildPair> pairs = new ArrayList<>();

  /** By our own SPI; {@link IkeSaTable} keeps them. */
  public final SortedMap<Long, IkeSa> ikeSas = new TreeMap<>();

  /** Whose outbound SAs carry the packets, by queue; none while it is down. */
  public final SortedMap<Integer, ChildPair> inUse = new TreeMap<>();

  /**
   * Of its first pair, on every IKE SA: of two that were made at once either can take the other's
   * place. Another for the next tunnel, so that all queues have work.
   */
  public final int homeQueue;

  public final PathState path = new PathState();

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

  /** Likewise for child SAs, where none is configured. */
  public @Nullable DhGroup preferredPfsGroup;

  /** When a datagram of IKEv1 came from the peer's address. */
  public Instant calledByVersion1 = Instant.EPOCH;

  /** Until then no further datagram that anyone may have sent is taken for a failure. */
  public Instant suspicionsFrom = Instant.EPOCH;

  public long ikeRekeys;
  public long childRekeys;
  public long flaps;
  public long negotiations;
  public long failures;
  private final int queues;
  private final Deque<TunnelEvent> events = new ArrayDeque<>();

  public Vpn(int id, GatewayConfig gateway, VpnConfig config, int queues, Instant now) {
    this.id = id;
    this.queues = queues;
    this.homeQueue = id % queues;
    this.gateway = gateway;
    this.config = config;
    this.since = now;
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

  public int queueOf(ChildPair pair) {
    return pair.inboundSpi().queue(queues);
  }

  /** That pair's outbound SA carries the packets of its queue. */
  public boolean uses(ChildPair pair) {
    return inUse.get(queueOf(pair)) == pair;
  }

  /** Of the pairs in use, the one that speaks for the tunnel. */
  public @Nullable ChildPair leading() {
    ChildPair atHome = inUse.get(homeQueue);
    return atHome != null || inUse.isEmpty() ? atHome : inUse.firstEntry().getValue();
  }

  public @Nullable ChildPair newestUsable(int queue) {
    return newestUsable(pairs.stream().filter(p -> queueOf(p) == queue).toList());
  }

  public @Nullable ChildPair newestUsable() {
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
  public @Nullable ChildPair redundant(ChildPair made) {
    ChildPair other = newestUsable(queueOf(made));
    if (other == null || other.state != ChildPair.State.INSTALLED || other.owner != made.owner) {
      return null;
    }
    return made.lowestNonce.compareTo(other.lowestNonce) < 0 ? made : other;
  }

  /** An IKE SA may be ours to begin: we need not wait for the peer. */
  public boolean mayBegin() {
    return config.establishTunnels() != EstablishTunnels.RESPONDER_ONLY && !gateway.isDynamic();
  }

  /** Who we say we are: the configured identity, or our address. */
  public IkeIdentity localIdentity(IpAddress local) {
    IkeIdentity configured = gateway.localIdentity();
    return configured != null ? configured : new IkeIdentity.Inet(local);
  }

  /** Who the peer must be: the configured identity, or its address; null where any may come. */
  public @Nullable IkeIdentity expectedIdentity() {
    IkeIdentity configured = gateway.remoteIdentity();
    IpAddress address = gateway.address();
    if (configured != null || address == null) {
      return configured;
    }
    return new IkeIdentity.Inet(address);
  }

  public VpnStateView view() {
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
