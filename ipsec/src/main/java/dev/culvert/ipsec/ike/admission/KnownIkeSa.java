package dev.culvert.ipsec.ike.admission;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An IKE SA as those see it who receive its messages. Safe to share.
 *
 * <p>Its share of the queue is counted here, so that of one whose SPIs somebody has overheard the
 * others do not suffer.
 */
public final class KnownIkeSa {
  /** Two messages of as many fragments as are taken. */
  static final int MOST_WAITING = 64;

  private final AtomicInteger waiting = new AtomicInteger();
  private volatile long remoteSpi;
  private volatile boolean initiator;
  private volatile boolean halfOpen;

  KnownIkeSa(long remoteSpi, boolean initiator, boolean halfOpen) {
    change(remoteSpi, initiator, halfOpen);
  }

  void change(long newRemoteSpi, boolean isInitiator, boolean isHalfOpen) {
    remoteSpi = newRemoteSpi;
    initiator = isInitiator;
    halfOpen = isHalfOpen;
  }

  /**
   * Whether a message is of it that has our SPI.
   *
   * @param senderSpi the other one of the message
   */
  boolean hasSent(long senderSpi, boolean fromInitiator) {
    long expected = remoteSpi;
    return initiator != fromInitiator && (expected == 0 || expected == senderSpi);
  }

  Lane lane() {
    return halfOpen ? Lane.PROVEN : Lane.KNOWN;
  }

  /** Takes a place in the queue for a message of it; false if it has its share there. */
  public boolean enter() {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Gives the place back. */
  public void leave() {
    waiting.decrementAndGet();
  }
}
