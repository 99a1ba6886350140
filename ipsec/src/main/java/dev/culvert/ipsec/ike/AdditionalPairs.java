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

  private final Core core;

  AdditionalPairs(Core core) {
    this.core = core;
  }

  /** SA_RESOURCE_INFO (RFC 9611 §6.1), without data: it would be for people who debug only. */
  List<Payload> announcement() {
    return core.queues > 1 ? List.of(Payload.Notify.of(NotifyType.SA_RESOURCE_INFO)) : List.of();
  }

  /** The responder's: only to a peer that announced itself. */
  List<Payload> answer(Payloads request) {
    return request.has(NotifyType.SA_RESOURCE_INFO) ? announcement() : List.of();
  }

  // Whoever made the tunnel's first pair asks for the others.

  /** The peer has answered our request for the first pair, which is installed. */
  void firstMade(IkeSa ike, Tunnel tunnel, Payloads response, Turn turn) {
    ike.asksForPairs = core.queues > 1 && response.has(NotifyType.SA_RESOURCE_INFO);
    ask(tunnel, turn);
  }

  /** Begins what is missing, if it is ours to ask and the peer has not refused. */
  void ask(Tunnel tunnel, Turn turn) {
    Optional<IkeSa> current = core.keeper.current(tunnel);
    if (!tunnel.up || current.isEmpty() || next(current.get()) == null) {
      return;
    }
    if (core.keeper.ofTunnel(tunnel).stream().filter(IkeSa::isEstablished).count() > 1) {
      // One of them is redundant, and its pairs with it.
      askLater(tunnel, turn);
      return;
    }
    current.get().window.enqueue(new QueuedRequest.AdditionalChild());
    core.dispatcher.pump(current.get(), turn);
  }

  void askLater(Tunnel tunnel, Turn turn) {
    askLater(tunnel, core.jittered(PAUSE, 500, 1500), turn);
  }

  void askLater(Tunnel tunnel, Duration pause, Turn turn) {
    IkeTimer timer = new IkeTimer.AdditionalPair(tunnel.vpn.name());
    if (!core.timers.isRunning(timer)) {
      core.timers.start(timer, turn.now().plus(pause));
    }
  }

  /** A pair is gone, and the tunnel still up. */
  void lost(Tunnel tunnel, Turn turn) {
    if (core.keeper.current(tunnel).map(this::next).isPresent()) {
      askLater(tunnel, turn);
    }
  }

  void forget(Tunnel tunnel) {
    core.timers.stop(new IkeTimer.AdditionalPair(tunnel.vpn.name()));
  }

  /** What to ask for on that IKE SA: a pair like its first for a queue without; null: nothing. */
  ChildPurpose.@Nullable Additional next(IkeSa ike) {
    Tunnel tunnel = ike.tunnel;
    ChildPair model = model(ike);
    if (tunnel == null
        || model == null
        || !ike.asksForPairs
        || ike.spent
        || tunnel.peerRefusesPairs) {
      return null;
    }
    List<ChildPair> pairs = pairs(ike);
    return queuesFromHome(tunnel)
        .filter(queue -> pairs.stream().noneMatch(p -> tunnel.queueOf(p) == queue))
        .mapToObj(queue -> new ChildPurpose.Additional(model, queue))
        .findFirst()
        .orElse(null);
  }

  /** The peer takes no more: never mind, the tunnel is up with what it has. */
  void refused(IkeSa ike, Tunnel tunnel, String reason, Turn turn) {
    ike.asksForPairs = false;
    tunnel.record(turn.now(), "Peer takes no additional IPSec SA: " + reason);
    turn.add(
        new IkeAction.Report(
            Notice.limited(
                Level.INFO,
                "IKE_ADDITIONAL_SA_REFUSED",
                "vpn",
                tunnel.vpn.name(),
                "gateway",
                tunnel.gateway.name(),
                "interface",
                tunnel.vpn.bindInterface(),
                "pairs",
                pairs(ike).size(),
                "queues",
                core.queues,
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
    return core.queues > 1 && installed < (long) PAIRS_A_QUEUE * core.queues;
  }

  /** RFC 9611 §5: the queue with the fewest pairs of that tunnel. */
  int leastLoaded(IkeSa ike, Tunnel tunnel) {
    List<ChildPair> pairs = pairs(ike);
    return queuesFromHome(tunnel)
        .boxed()
        .min(
            Comparator.comparingLong(
                queue -> pairs.stream().filter(p -> tunnel.queueOf(p) == queue).count()))
        .orElse(tunnel.homeQueue);
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
    Tunnel tunnel = ike.tunnel;
    return tunnel == null
        ? List.of()
        : tunnel.pairs.stream().filter(p -> p.owner == ike && p.isUsable()).toList();
  }

  private IntStream queuesFromHome(Tunnel tunnel) {
    return IntStream.range(0, core.queues).map(i -> (tunnel.homeQueue + i) % core.queues);
  }
}
