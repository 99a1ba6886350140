package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.config.EspProposal;
import dev.culvert.ipsec.sa.SaLifetime;
import java.time.Duration;
import java.time.Instant;

/** How long SAs last, and when to rekey them. */
public final class Lifetimes {
  private final RandomValues random;

  public Lifetimes(RandomValues random) {
    this.random = random;
  }

  /**
   * When to rekey: the side that made an SA comes first, so that the two seldom collide; both
   * jittered.
   */
  public Instant softEnd(Instant from, Duration lifetime, boolean madeByUs) {
    Duration margin =
        madeByUs ? random.jittered(lifetime, 100, 150) : random.jittered(lifetime, 40, 80);
    return from.plus(lifetime).minus(margin);
  }

  /** Likewise what it may carry: the margin is for the rekey, and for what is sent meanwhile. */
  public SaLifetime lifetime(EspProposal proposal, boolean madeByUs) {
    long octets = orUnlimited(proposal.lifetimeKilobytes() * 1024);
    long packets = orUnlimited(proposal.lifetimePackets());
    return new SaLifetime(softEnd(octets, madeByUs), octets, softEnd(packets, madeByUs), packets);
  }

  private static long orUnlimited(long count) {
    return count == 0 ? Long.MAX_VALUE : count;
  }

  private long softEnd(long count, boolean madeByUs) {
    if (count == Long.MAX_VALUE) {
      return count;
    }
    return count - (madeByUs ? random.jittered(count, 100, 150) : random.jittered(count, 40, 80));
  }
}
