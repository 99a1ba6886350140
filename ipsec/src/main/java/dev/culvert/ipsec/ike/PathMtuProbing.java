package dev.culvert.ipsec.ike;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.operational.DownReason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the MTU of each tunnel's path by INFORMATIONAL requests padded to the size in question, as
 * RFC 8899 does with a transport's own packets. The padding is a status notification of the private
 * range, which every peer ignores (RFC 7296 §3.10.1).
 *
 * <p>A request must be answered before the next can be sent, so one that is too big may not stay
 * unanswered: only its first transmission goes whole, its repetitions in pieces ({@link
 * Messenger}). An answer before the first repetition says that the size fits. Nobody can forge
 * that, and ICMP has no say.
 */
final class PathMtuProbing {
  /** Longer packets than on any link are no use, and the kernel would have to make them. */
  private static final int LARGEST = 9216;

  /** The peer has its SAs by then, also where our response to it comes late. */
  private static final Duration FIRST_PROBE_DELAY = Duration.ofMillis(500);

  /** Another exchange is under way: a probe is never queued behind it. */
  private static final Duration BUSY_DELAY = Duration.ofMillis(200);

  /** An outcome comes sooner, or never as the IKE SA is gone. */
  private static final Duration OUTCOME_DELAY = Duration.ofSeconds(5);

  /** A quarter of a minute. */
  private static final int QUIET_REPORTS = 3;

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(300);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(4);
  private static final Duration UNKNOWN_ROUND_TRIP = Duration.ofMillis(125);
  private static final int ROUND_TRIPS = 4;
  private static final int MOST_PATIENCE = 8;

  private final Core core;

  PathMtuProbing(Core core) {
    this.core = core;
  }

  void tunnelUp(Tunnel tunnel, Turn turn) {
    PathMtuSearch search = tunnel.pathMtu;
    if (search != null) {
      search.confirm(turn.now().plus(FIRST_PROBE_DELAY));
    }
    arm(tunnel, turn.now().plus(FIRST_PROBE_DELAY));
  }

  /** The value outlives the SAs: the path is likely to be the same when the tunnel comes back. */
  void tunnelDown(Tunnel tunnel) {
    core.timers.stop(new IkeTimer.PathMtu(tunnel.vpn.name()));
    tunnel.busy = false;
  }

  /** The tunnel is no longer configured, or configured otherwise. */
  void forget(Tunnel tunnel, Turn turn) {
    tunnelDown(tunnel);
    tunnel.pathMtu = null;
    tell(tunnel, turn);
  }

  void interfaceChanged(Tunnel tunnel, int mtu, Turn turn) {
    if (tunnel.interfaceMtu != mtu) {
      tunnel.interfaceMtu = mtu;
      if (tunnel.up) {
        due(tunnel, turn);
      }
    }
  }

  /**
   * What the counters said: a silent tunnel is not probed. A stream that the path has swallowed
   * falls silent for longer and longer, so the silence has to last.
   */
  void traffic(Tunnel tunnel, boolean busy, Turn turn) {
    boolean begins = busy && !tunnel.busy;
    tunnel.quietReports = busy ? 0 : tunnel.quietReports + 1;
    tunnel.busy = busy || (tunnel.busy && tunnel.quietReports < QUIET_REPORTS);
    if (begins && tunnel.up) {
      due(tunnel, turn);
    }
  }

  /**
   * In the place of an empty request to a peer that may be dead.
   *
   * @return false if this is no moment for it
   */
  boolean confirm(IkeSa ike, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    PathMtuSearch search = tunnel == null ? null : tunnel.pathMtu;
    if (tunnel == null || search == null || search.phase() != PathMtuSearch.Phase.SETTLED) {
      return false;
    }
    search.confirm(turn.now());
    due(tunnel, turn);
    return !ike.window.isFree();
  }

  /** Sends the next probe if its time has come and the window is free; else sets the timer. */
  void due(Tunnel tunnel, Turn turn) {
    Optional<IkeSa> ike = core.keeper.current(tunnel);
    if (!tunnel.up || ike.isEmpty() || tunnel.interfaceMtu == 0 || tunnel.peerRefusesPathProbes) {
      return;
    }
    PathMtuSearch search = upToDate(tunnel, ike.get(), turn.now());
    tell(tunnel, turn);
    Instant next = search.nextProbeAt(tunnel.busy);
    if (next == null) {
      core.timers.stop(new IkeTimer.PathMtu(tunnel.vpn.name()));
    } else if (next.isAfter(turn.now())) {
      arm(tunnel, next);
    } else if (mayProbe(ike.get())) {
      probe(ike.get(), search.nextSize(turn.now()), turn);
      arm(tunnel, turn.now().plus(OUTCOME_DELAY));
    } else {
      arm(tunnel, turn.now().plus(BUSY_DELAY));
    }
  }

  private PathMtuSearch upToDate(Tunnel tunnel, IkeSa ike, Instant now) {
    PathMtuSearch search = tunnel.pathMtu;
    int mtu = Math.min(LARGEST, tunnel.interfaceMtu);
    if (search == null) {
      search = new PathMtuSearch(ProbeSizes.of(ike), mtu, now);
      tunnel.pathMtu = search;
    } else {
      search.resize(ProbeSizes.of(ike), mtu, now);
    }
    return search;
  }

  private static boolean mayProbe(IkeSa ike) {
    return ike.window.isFree() && ike.window.queue().isEmpty() && ike.ownRekey == null;
  }

  private void probe(IkeSa ike, int size, Turn turn) {
    core.messenger.request(
        ike, new PendingRequest.PathProbe(size, turn.now()), payloads(ike, size), turn);
  }

  /** What brings a request to that size. */
  static List<Payload> payloads(IkeSa ike, int size) {
    int padding = ProbeSizes.of(ike).payloads(size) - Payload.Notify.HEADER;
    return List.of(
        new Payload.Notify(
            0, Octets.EMPTY, NotifyType.PATH_PROBE.wireValue(), Octets.wrap(new byte[padding])));
  }

  /**
   * The network loses what is too big, in pieces too, or the peer is gone. If a fresh IKE SA comes
   * up while the probe is still unanswered, it was the former: {@link #swallowed}.
   */
  void unanswered(IkeSa ike, Turn turn) {
    String text = "NO_RESPONSE: no answer to a probe of the path's MTU";
    core.succession.beginPaced(ike, DownReason.NO_RESPONSE, text, turn);
  }

  /** The tunnel is not probed again, and keeps the MTU that it has. */
  void swallowed(Tunnel tunnel, Turn turn) {
    tunnel.peerRefusesPathProbes = true;
    tunnel.record(turn.now(), "Path MTU is not probed: probes get lost, whole and in pieces");
  }

  /** How long to wait for the answer to a whole probe before it is sent in pieces. */
  static Duration wait(@Nullable Tunnel tunnel) {
    if (tunnel == null) {
      return SHORTEST_WAIT;
    }
    Duration roundTrip = tunnel.roundTrip == null ? UNKNOWN_ROUND_TRIP : tunnel.roundTrip;
    Duration wait = roundTrip.multipliedBy((long) ROUND_TRIPS * tunnel.patience);
    Duration atLeast = SHORTEST_WAIT.multipliedBy(tunnel.patience);
    Duration longer = wait.compareTo(atLeast) > 0 ? wait : atLeast;
    return longer.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : longer;
  }

  /**
   * @param transmissions of the probe: one if it was answered before its repetition
   */
  void answered(IkeSa ike, PendingRequest.PathProbe probe, int transmissions, Turn turn) {
    Tunnel tunnel = ike.tunnel;
    PathMtuSearch search = tunnel == null ? null : tunnel.pathMtu;
    if (tunnel == null || search == null) {
      return;
    }
    if (transmissions == 1) {
      tunnel.patience = 1;
      tunnel.measured(Duration.between(probe.sentAt(), turn.now()));
      search.fits(probe.size(), turn.now());
    } else {
      boolean sought = search.phase() == PathMtuSearch.Phase.LOWERING;
      int before = search.pathMtu();
      search.doesNotFit(probe.size(), turn.now());
      boolean ended = search.phase() == PathMtuSearch.Phase.SETTLED;
      if (sought && ended && search.pathMtu() == before) {
        // Not even the smallest came through in time: the path is slower than it was thought.
        tunnel.patience = Math.min(MOST_PATIENCE, tunnel.patience * 2);
      }
    }
    due(tunnel, turn);
  }

  /** Tells the data path, the log and the events of the tunnel what has changed, once. */
  private void tell(Tunnel tunnel, Turn turn) {
    PathMtuSearch search = tunnel.pathMtu;
    int value = search == null ? 0 : limit(search, tunnel.interfaceMtu);
    if (search == null || value == 0 || search.isConfirmed()) {
      change(tunnel, value, turn);
    }
  }

  /** What the path carries if that is less than the interface does, else 0. */
  private static int limit(PathMtuSearch search, int interfaceMtu) {
    // A value that only the cap on probes limits says nothing.
    boolean capped = search.isLargest() && interfaceMtu > LARGEST;
    return search.pathMtu() < interfaceMtu && !capped ? search.pathMtu() : 0;
  }

  private static void change(Tunnel tunnel, int value, Turn turn) {
    int before = tunnel.toldPathMtu;
    if (value == before) {
      return;
    }
    tunnel.toldPathMtu = value;
    turn.add(new IkeAction.PathMtuChanged(tunnel.vpn.bindInterface(), value));
    if (tunnel.pathMtu == null) {
      return;
    }
    int from = before == 0 ? tunnel.interfaceMtu : before;
    int to = value == 0 ? tunnel.interfaceMtu : value;
    tunnel.record(turn.now(), "Path MTU changed from " + from + " to " + to);
    turn.add(
        new IkeAction.Report(
            Notice.limited(
                Level.INFO,
                "IKE_PATH_MTU",
                "vpn",
                tunnel.vpn.name(),
                "gateway",
                tunnel.gateway.name(),
                "interface",
                tunnel.vpn.bindInterface(),
                "from",
                from,
                "to",
                to)));
  }

  private void arm(Tunnel tunnel, Instant at) {
    core.timers.start(new IkeTimer.PathMtu(tunnel.vpn.name()), at);
  }
}
