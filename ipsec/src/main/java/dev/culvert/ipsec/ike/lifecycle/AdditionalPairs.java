package dev.culvert.ipsec.ike.lifecycle;

import dev.culvert.core.engine.TimerTable;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.effect.Effect;
import dev.culvert.ipsec.ike.effect.Step;
import dev.culvert.ipsec.ike.exchange.QueuePairs;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.IkeTimer;
import dev.culvert.ipsec.ike.sa.QueuedRequest;
import dev.culvert.ipsec.ike.sa.RandomValues;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Duration;
import java.util.Optional;

/**
 * Several SA pairs for one tunnel, one for each queue, so that each forwarding thread has its own
 * (RFC 9611).
 *
 * <p>The exchange that makes the tunnel's first pair says by SA_RESOURCE_INFO that more are
 * welcome; the responder says so too, or nothing. Its initiator then asks for a pair for each queue
 * that has none, one exchange after another, until each has one or the peer refuses. All are alike
 * but for their keys, and are rekeyed and deleted one by one.
 */
public final class AdditionalPairs {
  /** Before a pair that was lost, or could not be had at the moment, is asked for again. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final QueuePairs queuePairs;
  private final TimerTable<IkeTimer> timers;
  private final RandomValues random;

  public AdditionalPairs(QueuePairs queuePairs, TimerTable<IkeTimer> timers, RandomValues random) {
    this.queuePairs = queuePairs;
    this.timers = timers;
    this.random = random;
  }

  // Whoever made the tunnel's first pair asks for the others.

  /** The peer has answered our request for the first pair, which is installed. */
  public void firstMade(IkeSa ike, Vpn vpn, Payloads response, Step step) {
    ike.asksForPairs = queuePairs.areSeveral() && response.has(NotifyType.SA_RESOURCE_INFO);
    ask(vpn, step);
  }

  /** Begins what is missing, if it is ours to ask and the peer has not refused. */
  public void ask(Vpn vpn, Step step) {
    Optional<IkeSa> current = IkeSaTable.current(vpn);
    if (!vpn.up || current.isEmpty() || queuePairs.next(current.get(), step.now()) == null) {
      return;
    }
    if (IkeSaTable.of(vpn).stream().filter(IkeSa::isEstablished).count() > 1) {
      // One of them is redundant, and its pairs with it.
      askLater(vpn, step);
      return;
    }
    current.get().window.enqueue(new QueuedRequest.AdditionalChild());
    step.add(new Effect.SendNext(current.get()));
  }

  public void askLater(Vpn vpn, Step step) {
    askLater(vpn, random.jittered(PAUSE, 500, 1500), step);
  }

  public void askLater(Vpn vpn, Duration pause, Step step) {
    IkeTimer timer = new IkeTimer.AdditionalPair(vpn.name());
    if (!timers.isRunning(timer)) {
      timers.start(timer, step.now().plus(pause));
    }
  }

  /** A pair is gone, and the tunnel still up. */
  public void lost(Vpn vpn, Step step) {
    if (IkeSaTable.current(vpn).map(ike -> queuePairs.next(ike, step.now())).isPresent()) {
      askLater(vpn, step);
    }
  }

  public void forget(Vpn vpn) {
    timers.stop(new IkeTimer.AdditionalPair(vpn.name()));
  }

  /** The peer takes no more: never mind, the tunnel is up with what it has. */
  public void refused(IkeSa ike, Vpn vpn, String reason, Step step) {
    ike.asksForPairs = false;
    vpn.record(step.now(), "Peer takes no additional IPSec SA: " + reason);
    step.add(
        new Effect.Report(
            Notice.limited(
                Level.INFO,
                "IKE_ADDITIONAL_SA_REFUSED",
                "vpn",
                vpn.config.name(),
                "gateway",
                vpn.gateway.name(),
                "interface",
                vpn.config.bindInterface(),
                "pairs",
                QueuePairs.of(ike).size(),
                "queues",
                queuePairs.queues(),
                "reason",
                reason)));
  }
}
