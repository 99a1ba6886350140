package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.MessageWindow;
import dev.culvert.ipsec.ike.sa.Messenger;
import dev.culvert.ipsec.ike.sa.PendingRequest;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.Spi;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Looks after each IKE SA's peer as {@code dead-peer-detection} says: asks the data path when it
 * was last heard of, and has {@link ProbeRule} say what follows.
 */
public final class Liveness {
  /** The data path answers at once, if at all. */
  private static final Duration VERDICT_PATIENCE = Duration.ofSeconds(1);

  /** Without {@code dead-peer-detection}: longer than a request is waited for. */
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(20);

  /** Of questions that strangers can cause, of each IKE SA. */
  static final Duration DOUBT_INTERVAL = Duration.ofSeconds(1);

  private final IkeSaTable ikeSas;
  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final PathMtuProbing pathMtu;

  public Liveness(
      IkeSaTable ikeSas, TimerTable<IkeTimer> timers, RandomValues random, PathMtuProbing pathMtu) {
    this.ikeSas = ikeSas;
    this.timers = timers;
    this.random = random;
    this.pathMtu = pathMtu;
  }

  void arm(IkeSa ike, Step step) {
    DeadPeerDetection detection = detection(ike);
    if (detection != null) {
      // Jittered, so that the peers of many tunnels are not looked after in one moment.
      look(ike, step.now().plus(random.jittered(detection.interval(), 950, 1050)));
    }
  }

  private void look(IkeSa ike, Instant at) {
    timers.start(new IkeTimer.Probe(ike.localSpi), at);
  }

  private static @Nullable DeadPeerDetection detection(IkeSa ike) {
    Vpn vpn = ike.vpn;
    return vpn == null ? null : vpn.gateway.deadPeerDetection();
  }

  /** It is time to look; the answer comes as an event. */
  public void due(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn != null && ike.isEstablished()) {
      readActivity(ike, vpn, step);
      arm(ike, step);
    }
  }

  private static void readActivity(IkeSa ike, Vpn vpn, Step step) {
    step.add(
        new Effect.ReadActivity(
            ike.localSpi, vpn.pairs.stream().map(ChildPair::inboundSpi).toList()));
  }

  /**
   * A request has been repeated in vain. The peer is dead, unless its packets come through the
   * tunnel all the same: its IKE may be busy, or out of order for a while, where its kernel
   * forwards. Then the request is repeated some more.
   */
  public void judge(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn == null
        || ike.verdictDue
        || ike.window.attempts() >= Messenger.MAX_ATTEMPTS_OF_THE_HEARD) {
      step.add(new Effect.PeerDead(ike));
      return;
    }
    ike.verdictDue = true;
    timers.start(new IkeTimer.Retransmit(ike.localSpi), step.now().plus(VERDICT_PATIENCE));
    readActivity(ike, vpn, step);
  }

  public void read(long ikeSpi, SortedMap<Spi, SaActivity> activity, Step step) {
    IkeSa ike = ikeSas.get(ikeSpi);
    if (ike == null || !ike.isEstablished()) {
      return;
    }
    Instant heard = later(ike.heardAt, latest(activity, SaActivity::sinceInbound, step.now()));
    DeadPeerDetection detection = detection(ike);
    if (ike.verdictDue && ike.window.outstanding() != null) {
      verdict(ike, detection, heard, step);
      return;
    }
    if (detection == null) {
      return;
    }
    Instant sent = latest(activity, SaActivity::sinceOutbound, step.now());
    if (isDead(ike, detection, heard, step)) {
      step.add(new Effect.PeerDead(ike));
      return;
    }
    ProbeRule.Look look = ProbeRule.look(detection, step.now(), heard, sent);
    // A request under way proves the peer alive, or dead, just as well.
    if (look.isProbeDue() && ike.window.isFree() && !pathMtu.confirm(ike, step)) {
      ike.window.enqueue(new QueuedRequest.Probe());
      step.add(new Effect.SendNext(ike));
    }
    look(ike, look.next());
  }

  private static void verdict(
      IkeSa ike, @Nullable DeadPeerDetection detection, Instant heard, Step step) {
    ike.verdictDue = false;
    Duration silence = detection == null ? LONGEST_SILENCE : ProbeRule.silence(detection);
    boolean isAlive = heard.isAfter(ike.requestSentAt) && step.now().isBefore(heard.plus(silence));
    step.add(isAlive ? new Effect.RepeatRequest(ike) : new Effect.PeerDead(ike));
  }

  /**
   * Somebody says, and cannot prove, that the peer has lost it. RFC 7296 §2.4: a reason to ask the
   * peer at once, if it was not asked just before, and for nothing else.
   */
  public void doubted(IkeSa ike, Step step) {
    if (!ike.isEstablished() || step.now().isBefore(ike.doubtedAt.plus(DOUBT_INTERVAL))) {
      return;
    }
    ike.doubtedAt = step.now();
    if (ike.window.isFree()) {
      ike.window.enqueue(new QueuedRequest.Probe());
      step.add(new Effect.SendNext(ike));
    } else {
      step.add(new Effect.RepeatAheadOfTime(ike));
    }
  }

  private static boolean isDead(IkeSa ike, DeadPeerDetection detection, Instant heard, Step step) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (outstanding == null) {
      return false;
    }
    return switch (outstanding.request()) {
      case PendingRequest.Probe probe -> isProbedInVain(ike, detection, heard, step);
      case PendingRequest.PathProbe probe -> isProbedInVain(ike, detection, heard, step);
      default ->
          ProbeRule.isDead(detection, step.now(), heard, ike.requestSentAt, ike.window.attempts());
    };
  }

  private static boolean isProbedInVain(
      IkeSa ike, DeadPeerDetection detection, Instant heard, Step step) {
    return ProbeRule.isProbedInVain(
        detection, step.now(), heard, ike.requestSentAt, ike.window.attempts());
  }

  private static Instant latest(
      SortedMap<Spi, SaActivity> activity,
      Function<SaActivity, @Nullable Duration> since,
      Instant now) {
    Instant latest = Instant.EPOCH;
    for (Map.Entry<Spi, SaActivity> entry : activity.entrySet()) {
      Duration ago = since.apply(entry.getValue());
      latest = ago == null ? latest : later(latest, now.minus(ago));
    }
    return latest;
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
