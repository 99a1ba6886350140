package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.path.PathMtuSearch;
import dev.culvert.ipsec.ike.path.PathState;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

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
public final class PathMtuProbing {
  /** The peer has its SAs by then, also where our response to it comes late. */
  private static final Duration FIRST_PROBE_DELAY = Duration.ofMillis(500);

  /** Another exchange is under way: a probe is never queued behind it. */
  private static final Duration BUSY_DELAY = Duration.ofMillis(200);

  /** An outcome comes sooner, or never as the IKE SA is gone. */
  private static final Duration OUTCOME_DELAY = Duration.ofSeconds(5);

  private final TimerTable<IkeTimer> timers;
  private final Units units;

  public PathMtuProbing(TimerTable<IkeTimer> timers, Units units) {
    this.timers = timers;
    this.units = units;
  }

  void tunnelUp(Vpn vpn, Step step) {
    PathMtuSearch search = vpn.path.search();
    if (search != null) {
      search.confirm(step.now().plus(FIRST_PROBE_DELAY));
    }
    arm(vpn, step.now().plus(FIRST_PROBE_DELAY));
  }

  /** The value outlives the SAs: the path is likely to be the same when the tunnel comes back. */
  void tunnelDown(Vpn vpn) {
    timers.stop(new IkeTimer.PathMtu(vpn.name()));
    vpn.path.fallSilent();
  }

  /** The tunnel is no longer configured, or configured otherwise. */
  public void forget(Vpn vpn, Step step) {
    tunnelDown(vpn);
    vpn.path.forget();
    tell(vpn, step);
  }

  void interfaceChanged(Vpn vpn, int mtu, Step step) {
    if (vpn.path.interfaceHas(mtu) && vpn.up) {
      due(vpn, step);
    }
  }

  /**
   * What the counters said: a tunnel is not probed that carries nothing, or nothing that could be
   * too big.
   */
  public void traffic(Vpn vpn, boolean busy, Step step) {
    if (vpn.path.traffic(busy) && vpn.up) {
      due(vpn, step);
    }
  }

  /**
   * In the place of an empty request to a peer that may be dead.
   *
   * @return false if this is no moment for it
   */
  public boolean confirm(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    PathMtuSearch search = vpn == null ? null : vpn.path.search();
    if (vpn == null || search == null || search.phase() != PathMtuSearch.Phase.SETTLED) {
      return false;
    }
    search.confirm(step.now());
    due(vpn, step);
    return !ike.window.isFree();
  }

  /** Sends the next probe if its time has come and the window is free; else sets the timer. */
  public void due(Vpn vpn, Step step) {
    Optional<IkeSa> ike = IkeSaTable.current(vpn);
    if (!vpn.up || ike.isEmpty() || !vpn.path.hasInterface()) {
      return;
    }
    if (step.now().isBefore(vpn.pathProbesFrom)) {
      arm(vpn, vpn.pathProbesFrom);
      return;
    }
    PathMtuSearch search = vpn.path.search(ike.get().probeSizes(), step.now());
    tell(vpn, step);
    if (!mayLose(ike.get(), vpn)) {
      timers.stop(new IkeTimer.PathMtu(vpn.name()));
      return;
    }
    Instant next = search.nextProbeAt(vpn.path.isBusy());
    if (next == null) {
      timers.stop(new IkeTimer.PathMtu(vpn.name()));
    } else if (next.isAfter(step.now())) {
      arm(vpn, next);
    } else if (mayProbe(ike.get())) {
      probe(ike.get(), search.nextSize(step.now()), step);
      arm(vpn, step.now().plus(OUTCOME_DELAY));
    } else {
      arm(vpn, step.now().plus(BUSY_DELAY));
    }
  }

  /**
   * A probe may get lost: it goes in pieces then, or a fresh IKE SA is ours to make. A peer of
   * another kind that alone may begin is not probed, as one lost for good would end the tunnel.
   */
  private static boolean mayLose(IkeSa ike, Vpn vpn) {
    return ike.joinsProbes || vpn.mayBegin();
  }

  private static boolean mayProbe(IkeSa ike) {
    // One that is never answered would be the end of its IKE SA before the fresh one is there.
    boolean isRisky = ike.spent && (ike.doubted || !ike.joinsProbes);
    return !isRisky && ike.window.isFree() && ike.window.queue().isEmpty() && ike.ownRekey == null;
  }

  private void probe(IkeSa ike, int size, Step step) {
    step.add(
        new Effect.SendRequest(
            ike, new PendingRequest.PathProbe(size, step.now()), ike.probeSizes().fill(size)));
  }

  /**
   * The network loses what is too big, in pieces too, or the peer is gone. If a fresh IKE SA comes
   * up while the probe is still unanswered, it was the former: {@link #swallowed}.
   */
  public void unanswered(IkeSa ike, Step step) {
    ike.spentByProbe = !ike.spent;
    String text = "NO_RESPONSE: no answer to a probe of the path's MTU";
    step.add(new Effect.BeginPacedSuccession(ike, DownReason.NO_RESPONSE, text));
  }

  /**
   * The path is searched upward from a size that is likely to fit. If even the smallest was lost,
   * the tunnel is not probed for long, and keeps the MTU that it has.
   */
  void swallowed(Vpn vpn, PendingRequest.PathProbe probe, Step step) {
    if (vpn.path.swallowed(probe.size(), step.now())) {
      return;
    }
    vpn.pathProbesFrom = step.now().plus(Vpn.REFUSAL_REMEMBERED);
    vpn.record(step.now(), "Path MTU is not probed: probes get lost, whole and in pieces");
  }

  /**
   * @param transmissions of the probe: one if it was answered before its repetition
   */
  public void answered(IkeSa ike, PendingRequest.PathProbe probe, int transmissions, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null || vpn.path.search() == null) {
      return;
    }
    if (transmissions == 1) {
      vpn.path.answeredWhole(probe.size(), probe.sentAt(), step.now());
    } else {
      vpn.path.answeredInPieces(probe.size(), step.now());
    }
    due(vpn, step);
  }

  /** Tells the data path, the log and the events of the tunnel what has changed, once. */
  private void tell(Vpn vpn, Step step) {
    PathState.News news = vpn.path.pollNews();
    if (news == null) {
      return;
    }
    units.pathMtu(vpn, news.mtu(), step);
    if (!news.isFound()) {
      return;
    }
    vpn.record(step.now(), "Path MTU changed from " + news.from() + " to " + news.to());
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
                news.from(),
                "to",
                news.to())));
  }

  private void arm(Vpn vpn, Instant at) {
    timers.start(new IkeTimer.PathMtu(vpn.name()), at);
  }
}
