package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.TimerTable;
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

  private final TimerTable<IkeTimer> timers;

  PathMtuProbing(TimerTable<IkeTimer> timers) {
    this.timers = timers;
  }

  void tunnelUp(Vpn vpn, Step step) {
    PathMtuSearch search = vpn.pathMtu;
    if (search != null) {
      search.confirm(step.now().plus(FIRST_PROBE_DELAY));
    }
    arm(vpn, step.now().plus(FIRST_PROBE_DELAY));
  }

  /** The value outlives the SAs: the path is likely to be the same when the tunnel comes back. */
  void tunnelDown(Vpn vpn) {
    timers.stop(new IkeTimer.PathMtu(vpn.config.name()));
    vpn.busy = false;
  }

  /** The tunnel is no longer configured, or configured otherwise. */
  void forget(Vpn vpn, Step step) {
    tunnelDown(vpn);
    vpn.pathMtu = null;
    tell(vpn, step);
  }

  void interfaceChanged(Vpn vpn, int mtu, Step step) {
    if (vpn.interfaceMtu != mtu) {
      vpn.interfaceMtu = mtu;
      if (vpn.up) {
        due(vpn, step);
      }
    }
  }

  /**
   * What the counters said: a silent tunnel is not probed. A stream that the path has swallowed
   * falls silent for longer and longer, so the silence has to last.
   */
  void traffic(Vpn vpn, boolean busy, Step step) {
    boolean begins = busy && !vpn.busy;
    vpn.quietReports = busy ? 0 : vpn.quietReports + 1;
    vpn.busy = busy || (vpn.busy && vpn.quietReports < QUIET_REPORTS);
    if (begins && vpn.up) {
      due(vpn, step);
    }
  }

  /**
   * In the place of an empty request to a peer that may be dead.
   *
   * @return false if this is no moment for it
   */
  boolean confirm(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    PathMtuSearch search = vpn == null ? null : vpn.pathMtu;
    if (vpn == null || search == null || search.phase() != PathMtuSearch.Phase.SETTLED) {
      return false;
    }
    search.confirm(step.now());
    due(vpn, step);
    return !ike.window.isFree();
  }

  /** Sends the next probe if its time has come and the window is free; else sets the timer. */
  void due(Vpn vpn, Step step) {
    Optional<IkeSa> ike = IkeSaTable.current(vpn);
    if (!vpn.up || ike.isEmpty() || vpn.interfaceMtu == 0) {
      return;
    }
    if (step.now().isBefore(vpn.pathProbesFrom)) {
      arm(vpn, vpn.pathProbesFrom);
      return;
    }
    PathMtuSearch search = upToDate(vpn, ike.get(), step.now());
    tell(vpn, step);
    Instant next = search.nextProbeAt(vpn.busy);
    if (next == null) {
      timers.stop(new IkeTimer.PathMtu(vpn.config.name()));
    } else if (next.isAfter(step.now())) {
      arm(vpn, next);
    } else if (mayProbe(ike.get())) {
      probe(ike.get(), search.nextSize(step.now()), step);
      arm(vpn, step.now().plus(OUTCOME_DELAY));
    } else {
      arm(vpn, step.now().plus(BUSY_DELAY));
    }
  }

  private PathMtuSearch upToDate(Vpn vpn, IkeSa ike, Instant now) {
    PathMtuSearch search = vpn.pathMtu;
    int mtu = Math.min(LARGEST, vpn.interfaceMtu);
    if (search == null) {
      search = new PathMtuSearch(ProbeSizes.of(ike), mtu, now);
      vpn.pathMtu = search;
    } else {
      search.resize(ProbeSizes.of(ike), mtu, now);
    }
    return search;
  }

  private static boolean mayProbe(IkeSa ike) {
    // One that is never answered would be the end of its IKE SA before the fresh one is there.
    boolean isRisky = ike.spent && (ike.doubted || !ike.fragmentation);
    return !isRisky && ike.window.isFree() && ike.window.queue().isEmpty() && ike.ownRekey == null;
  }

  private void probe(IkeSa ike, int size, Step step) {
    step.add(
        new Effect.SendRequest(
            ike, new PendingRequest.PathProbe(size, step.now()), payloads(ike, size)));
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
  void unanswered(IkeSa ike, Step step) {
    ike.spentByProbe = !ike.spent;
    String text = "NO_RESPONSE: no answer to a probe of the path's MTU";
    step.add(new Effect.BeginPacedSuccession(ike, DownReason.NO_RESPONSE, text));
  }

  /** The tunnel is not probed for long, and keeps the MTU that it has. */
  void swallowed(Vpn vpn, Step step) {
    vpn.pathProbesFrom = step.now().plus(Vpn.REFUSAL_REMEMBERED);
    vpn.record(step.now(), "Path MTU is not probed: probes get lost, whole and in pieces");
  }

  /** How long to wait for the answer to a whole probe before it is sent in pieces. */
  static Duration wait(@Nullable Vpn vpn) {
    if (vpn == null) {
      return SHORTEST_WAIT;
    }
    Duration roundTrip = vpn.roundTrip == null ? UNKNOWN_ROUND_TRIP : vpn.roundTrip;
    Duration wait = roundTrip.multipliedBy((long) ROUND_TRIPS * vpn.patience);
    Duration atLeast = SHORTEST_WAIT.multipliedBy(vpn.patience);
    Duration longer = wait.compareTo(atLeast) > 0 ? wait : atLeast;
    return longer.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : longer;
  }

  /**
   * @param transmissions of the probe: one if it was answered before its repetition
   */
  void answered(IkeSa ike, PendingRequest.PathProbe probe, int transmissions, Step step) {
    Vpn vpn = ike.vpn;
    PathMtuSearch search = vpn == null ? null : vpn.pathMtu;
    if (vpn == null || search == null) {
      return;
    }
    if (transmissions == 1) {
      vpn.patience = 1;
      vpn.measured(Duration.between(probe.sentAt(), step.now()));
      search.fits(probe.size(), step.now());
    } else {
      boolean sought = search.phase() == PathMtuSearch.Phase.LOWERING;
      int before = search.pathMtu();
      search.doesNotFit(probe.size(), step.now());
      boolean ended = search.phase() == PathMtuSearch.Phase.SETTLED;
      if (sought && ended && search.pathMtu() == before) {
        // Not even the smallest came through in time: the path is slower than it was thought.
        vpn.patience = Math.min(MOST_PATIENCE, vpn.patience * 2);
      }
    }
    due(vpn, step);
  }

  /** Tells the data path, the log and the events of the tunnel what has changed, once. */
  private void tell(Vpn vpn, Step step) {
    PathMtuSearch search = vpn.pathMtu;
    int value = search == null ? 0 : limit(search, vpn.interfaceMtu);
    if (search == null || value == 0 || search.isConfirmed()) {
      change(vpn, value, step);
    }
  }

  /** What the path carries if that is less than the interface does, else 0. */
  private static int limit(PathMtuSearch search, int interfaceMtu) {
    // A value that only the cap on probes limits says nothing.
    boolean capped = search.isLargest() && interfaceMtu > LARGEST;
    return search.pathMtu() < interfaceMtu && !capped ? search.pathMtu() : 0;
  }

  private static void change(Vpn vpn, int value, Step step) {
    int before = vpn.toldPathMtu;
    if (value == before) {
      return;
    }
    vpn.toldPathMtu = value;
    step.add(new Effect.PathMtuChanged(vpn.config.bindInterface(), value));
    if (vpn.pathMtu == null) {
      return;
    }
    int from = before == 0 ? vpn.interfaceMtu : before;
    int to = value == 0 ? vpn.interfaceMtu : value;
    vpn.record(step.now(), "Path MTU changed from " + from + " to " + to);
    step.add(
        new Effect.Report(
            Notice.limited(
                Level.INFO,
                "IKE_PATH_MTU",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "interface",
                vpn.config.bindInterface(),
                "from",
                from,
                "to",
                to)));
  }

  private void arm(Vpn vpn, Instant at) {
    timers.start(new IkeTimer.PathMtu(vpn.config.name()), at);
  }
}
