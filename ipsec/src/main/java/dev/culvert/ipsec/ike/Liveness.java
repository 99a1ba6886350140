package dev.culvert.ipsec.ike;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.ipsec.config.DeadPeerDetection;
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
final class Liveness {
  private final IkeSaTable ikeSas;
  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;
  private final PathMtuProbing pathMtu;

  Liveness(
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
  void due(IkeSa ike, Step step) {
    Vpn vpn = ike.vpn;
    if (vpn != null && ike.isEstablished()) {
      step.add(
          new Effect.ReadActivity(
              ike.localSpi, vpn.pairs.stream().map(ChildPair::inboundSpi).toList()));
      arm(ike, step);
    }
  }

  void read(IkeEvent.ActivityRead event, Step step) {
    IkeSa ike = ikeSas.get(event.ikeSpi());
    DeadPeerDetection detection = ike == null ? null : detection(ike);
    if (ike == null || detection == null || !ike.isEstablished()) {
      return;
    }
    Instant heard =
        later(ike.heardAt, latest(event.activity(), SaActivity::sinceInbound, step.now()));
    Instant sent = latest(event.activity(), SaActivity::sinceOutbound, step.now());
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

  private static boolean isDead(IkeSa ike, DeadPeerDetection detection, Instant heard, Step step) {
    MessageWindow.Outstanding outstanding = ike.window.outstanding();
    if (outstanding == null) {
      return false;
    }
    return switch (outstanding.request()) {
      // These have an end of their own: see Messenger.
      case PendingRequest.Probe probe -> false;
      case PendingRequest.PathProbe probe -> false;
      default ->
          ProbeRule.isDead(detection, step.now(), heard, ike.requestSentAt, ike.window.attempts());
    };
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
