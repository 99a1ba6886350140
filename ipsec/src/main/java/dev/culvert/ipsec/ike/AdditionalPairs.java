package dev.culvert.ipsec.ike;

import dev.culvert.core.notice.Notice;
import dev.culvert.core.notice.Notice.Level;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Several SA pairs for one tunnel, one for each queue, so that each forwarding thread has its own
 * (RFC 9611).
 *
 * <p>The exchange that makes the tunnel's first pair says by SA_RESOURCE_INFO that more are
 * welcome; the responder says so too, or nothing. Its initiator then asks for a pair for each queue
 * that has none, one exchange after another, until each has one or the peer refuses. All are alike
 * but for their keys, and are rekeyed and deleted one by one.
 */
final class AdditionalPairs {
  /**
   * How many pairs a peer may have us hold for each queue. RFC 9611 §7 recommends at least two: the
   * peer may have more queues, or a pair that belongs to none of them.
   */
  static final int PAIRS_A_QUEUE = 2;

  /** Before a pair that was lost, or could not be had at the moment, is asked for again. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final EngineParts parts;

  AdditionalPairs(EngineParts parts) {
    this.parts = parts;
  }

  /** SA_RESOURCE_INFO (RFC 9611 §6.1), without data: it would be for people who debug only. */
  List<Payload> announcement() {
    return parts.queues > 1 ? List.of(Payload.Notify.of(NotifyType.SA_RESOURCE_INFO)) : List.of();
  }

  /** The responder's: only to a peer that announced itself. */
  List<Payload> answer(Payloads request) {
    return request.has(NotifyType.SA_RESOURCE_INFO) ? announcement() : List.of();
  }

  // Whoever made the tunnel's first pair asks for the others.

  /** The peer has answered our request for the first pair, which is installed. */
  void firstMade(IkeSa ike, Vpn vpn, Payloads response, Step step) {
    ike.asksForPairs = parts.queues > 1 && response.has(NotifyType.SA_RESOURCE_INFO);
    ask(vpn, step);
  }

  /** Begins what is missing, if it is ours to ask and the peer has not refused. */
  void ask(Vpn vpn, Step step) {
    Optional<IkeSa> current = IkeSaTable.current(vpn);
    if (!vpn.up || current.isEmpty() || next(current.get()) == null) {
      return;
    }
    if (IkeSaTable.of(vpn).stream().filter(IkeSa::isEstablished).count() > 1) {
      // One of them is redundant, and its pairs with it.
      askLater(vpn, step);
      return;
    }
    current.get().window.enqueue(new QueuedRequest.AdditionalChild());
    parts.dispatcher.pump(current.get(), step);
  }

  void askLater(Vpn vpn, Step step) {
    askLater(vpn, parts.random.jittered(PAUSE, 500, 1500), step);
  }

  void askLater(Vpn vpn, Duration pause, Step step) {
    IkeTimer timer = new IkeTimer.AdditionalPair(vpn.config.name());
    if (!parts.timers.isRunning(timer)) {
      parts.timers.start(timer, step.now().plus(pause));
    }
  }

  /** A pair is gone, and the tunnel still up. */
  void lost(Vpn vpn, Step step) {
    if (IkeSaTable.current(vpn).map(this::next).isPresent()) {
      askLater(vpn, step);
    }
  }

  void forget(Vpn vpn) {
    parts.timers.stop(new IkeTimer.AdditionalPair(vpn.config.name()));
  }

  /** What to ask for on that IKE SA: a pair like its first for a queue without; null: nothing. */
  ChildPurpose.@Nullable Additional next(IkeSa ike) {
    Vpn vpn = ike.vpn;
    ChildPair model = model(ike);
    if (vpn == null || model == null || !ike.asksForPairs || ike.spent || vpn.peerRefusesPairs) {
      return null;
    }
    List<ChildPair> pairs = pairs(ike);
    return queuesFromHome(vpn)
        .filter(queue -> pairs.stream().noneMatch(p -> vpn.queueOf(p) == queue))
        .mapToObj(queue -> new ChildPurpose.Additional(model, queue))
        .findFirst()
        .orElse(null);
  }

  /** The peer takes no more: never mind, the tunnel is up with what it has. */
  void refused(IkeSa ike, Vpn vpn, String reason, Step step) {
    ike.asksForPairs = false;
    vpn.record(step.now(), "Peer takes no additional IPSec SA: " + reason);
    step.add(
        new IkeAction.Report(
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
                pairs(ike).size(),
                "queues",
                parts.queues,
                "reason",
                reason)));
  }

  // The responder.

  /**
   * What the child SA of that request has to be like: it is one more of a tunnel that has pairs on
   * this IKE SA. Null: it is the first, or no such request.
   */
  @Nullable ChildPair modelFor(IkeSa ike, Payloads request) {
    return request.has(NotifyType.SA_RESOURCE_INFO) ? model(ike) : null;
  }

  /** RFC 9611 §7: else TS_MAX_QUEUE, as NO_ADDITIONAL_SAS would mean other selectors too. */
  boolean takesMore(IkeSa ike) {
    // Those that a rekey has replaced are on their way out and do not count.
    long installed = pairs(ike).stream().filter(p -> p.state == ChildPair.State.INSTALLED).count();
    return parts.queues > 1 && installed < (long) PAIRS_A_QUEUE * parts.queues;
  }

  /** RFC 9611 §5: the queue with the fewest pairs of that tunnel. */
  int leastLoaded(IkeSa ike, Vpn vpn) {
    List<ChildPair> pairs = pairs(ike);
    return queuesFromHome(vpn)
        .boxed()
        .min(
            Comparator.comparingLong(
                queue -> pairs.stream().filter(p -> vpn.queueOf(p) == queue).count()))
        .orElse(vpn.homeQueue);
  }

  // Both.

  /** RFC 9611 §4: all of a tunnel have the same properties. */
  static boolean isAlike(ChildNegotiation.Verdict.Agreed agreed, ChildPair model) {
    return agreed.chosen().ours().algorithm() == model.sa.algorithm()
        && agreed.chosen().extendedSequenceNumbers() == model.sa.extendedSequenceNumbers()
        && covers(agreed.local(), model.sa.localSelectors())
        && covers(agreed.remote(), model.sa.remoteSelectors());
  }

  /** A peer that has a packet to send may name its addresses first (RFC 7296 §2.9). */
  private static boolean covers(List<TrafficSelector> offered, List<TrafficSelector> wanted) {
    return wanted.stream().allMatch(w -> offered.stream().anyMatch(o -> o.covers(w)));
  }

  private @Nullable ChildPair model(IkeSa ike) {
    return pairs(ike).stream().findFirst().orElse(null);
  }

  private List<ChildPair> pairs(IkeSa ike) {
    Vpn vpn = ike.vpn;
    return vpn == null
        ? List.of()
        : vpn.pairs.stream().filter(p -> p.owner == ike && p.isUsable()).toList();
  }

  private IntStream queuesFromHome(Vpn vpn) {
    return IntStream.range(0, parts.queues).map(i -> (vpn.homeQueue + i) % parts.queues);
  }
}
