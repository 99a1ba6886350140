package dev.culvert.ipsec.ike.exchange;

import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.negotiation.ChildVerdict;
import dev.culvert.ipsec.ike.negotiation.Payloads;
import dev.culvert.ipsec.ike.negotiation.Selectors;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.ChildPurpose;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What several SA pairs for one tunnel, one for each queue, have to be like, and which is wanted
 * next (RFC 9611). Changes nothing.
 */
public final class QueuePairs {
  /**
   * How many pairs a peer may have us hold for each queue. RFC 9611 §7 recommends at least two: the
   * peer may have more queues, or a pair that belongs to none of them.
   */
  static final int PAIRS_A_QUEUE = 2;

  private final int queues;

  /**
   * @param queues forwarding threads of each direction
   */
  public QueuePairs(int queues) {
    this.queues = queues;
  }

  public int queues() {
    return queues;
  }

  public boolean areSeveral() {
    return queues > 1;
  }

  /** SA_RESOURCE_INFO (RFC 9611 §6.1), without data: it would be for people who debug only. */
  public List<Payload> announcement() {
    return queues > 1 ? List.of(Payload.Notify.of(NotifyType.SA_RESOURCE_INFO)) : List.of();
  }

  /** The responder's: only to a peer that announced itself. */
  public List<Payload> answer(Payloads request) {
    return request.has(NotifyType.SA_RESOURCE_INFO) ? announcement() : List.of();
  }

  /** What to ask for on that IKE SA: a pair like its first for a queue without; null: nothing. */
  public ChildPurpose.@Nullable Additional next(IkeSa ike, Instant now) {
    Vpn vpn = ike.vpn;
    if (vpn == null || !ike.asksForPairs || ike.spent || now.isBefore(vpn.additionalPairsFrom)) {
      return null;
    }
    for (ChildPolicy policy : vpn.policies) {
      List<ChildPair> pairs = policy.on(ike);
      if (!pairs.isEmpty()) {
        ChildPurpose.Additional next =
            queuesFromHome(policy)
                .filter(queue -> pairs.stream().noneMatch(p -> policy.queueOf(p) == queue))
                .mapToObj(queue -> new ChildPurpose.Additional(pairs.getFirst(), queue))
                .findFirst()
                .orElse(null);
        if (next != null) {
          return next;
        }
      }
    }
    return null;
  }

  /**
   * What the child SA of that request has to be like: it is one more of a policy that has pairs on
   * this IKE SA. Null: it is the first, or no such request.
   */
  @Nullable ChildPair modelFor(IkeSa ike, ChildPolicy policy, Payloads request) {
    return request.has(NotifyType.SA_RESOURCE_INFO)
        ? policy.on(ike).stream().findFirst().orElse(null)
        : null;
  }

  /** RFC 9611 §7: else TS_MAX_QUEUE, as NO_ADDITIONAL_SAS would mean other selectors too. */
  boolean takesMore(IkeSa ike, ChildPolicy policy) {
    // Those that a rekey has replaced are on their way out and do not count.
    long installed =
        policy.on(ike).stream().filter(p -> p.state == ChildPair.State.INSTALLED).count();
    return queues > 1 && installed < (long) PAIRS_A_QUEUE * queues;
  }

  /** RFC 9611 §5: the queue with the fewest pairs of that policy. */
  int leastLoaded(IkeSa ike, ChildPolicy policy) {
    List<ChildPair> pairs = policy.on(ike);
    return queuesFromHome(policy)
        .boxed()
        .min(
            Comparator.comparingLong(
                queue -> pairs.stream().filter(p -> policy.queueOf(p) == queue).count()))
        .orElse(policy.homeQueue);
  }

  /** RFC 9611 §4: all of a tunnel have the same properties. */
  static boolean isAlike(ChildVerdict.Agreed agreed, ChildPair model) {
    return agreed.chosen().ours().algorithm() == model.sa.algorithm()
        && agreed.chosen().extendedSequenceNumbers() == model.sa.extendedSequenceNumbers()
        // A peer that has a packet to send may name its addresses first (RFC 7296 §2.9).
        && Selectors.covers(agreed.local(), model.sa.localSelectors())
        && Selectors.covers(agreed.remote(), model.sa.remoteSelectors());
  }

  public static List<ChildPair> of(IkeSa ike) {
    Vpn vpn = ike.vpn;
    return vpn == null
        ? List.of()
        : vpn.pairs.stream().filter(p -> p.owner == ike && p.isUsable()).toList();
  }

  private IntStream queuesFromHome(ChildPolicy policy) {
    return IntStream.range(0, queues).map(i -> (policy.homeQueue + i) % queues);
  }
}
