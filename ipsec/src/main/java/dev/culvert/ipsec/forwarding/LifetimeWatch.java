package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.sa.SaLifetime;

/**
 * Tells when one direction of an SA has reached its limits. Notices are repeated every so many
 * packets: the queue to IKE is bounded, and one may get lost in it. Confined to the direction's
 * thread.
 */
final class LifetimeWatch {
  private static final int REPEAT = 4096;

  private final SaLifetime lifetime;
  private final long softSequence;
  private int untilRekeyNotice;
  private int untilEndNotice;

  /**
   * @param softSequence the sequence number that calls for a rekey
   */
  LifetimeWatch(SaLifetime lifetime, long softSequence) {
    this.lifetime = lifetime;
    this.softSequence = softSequence;
  }

  boolean isSpent(TrafficCounters counters) {
    return counters.octets() >= lifetime.hardOctets()
        || counters.packets() >= lifetime.hardPackets();
  }

  boolean isRekeyDue(long sequence, TrafficCounters counters) {
    boolean reached =
        sequence >= softSequence
            || counters.octets() >= lifetime.softOctets()
            || counters.packets() >= lifetime.softPackets();
    if (!reached || --untilRekeyNotice > 0) {
      return false;
    }
    untilRekeyNotice = REPEAT;
    return true;
  }

  boolean isEndDue() {
    if (--untilEndNotice > 0) {
      return false;
    }
    untilEndNotice = REPEAT;
    return true;
  }
}
