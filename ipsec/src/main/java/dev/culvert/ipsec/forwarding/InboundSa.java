package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.esp.ReplayWindow;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;

/** The receiving half of a pair. Its state belongs to its queue's inbound thread. */
final class InboundSa {
  /** Between two notices of the same endpoint. */
  static final long MOVE_REPEAT_NANOS = 1_000_000_000L;

  /** Between two of any: a peer of several paths at once does not cost a notice a packet. */
  static final long MOVE_GAP_NANOS = 100_000_000L;

  /** Between two addresses of a peer: who forwards for others has many sources. */
  static final long LEARNED_GAP_NANOS = 1_000_000_000L;

  final Spi spi;

  /** As {@link ChildSa#peer}. */
  final int peer;

  /** See {@link ChildSa.Path#WATCHED}. */
  final boolean isWatched;

  final EspOpener opener;
  final ReplayWindow window;

  /** Octets of SPI, sequence number and IV. */
  final int payloadAt;

  final int icvLength;
  final int blockSize;

  final Selectors localSelectors;
  final Selectors remoteSelectors;
  final boolean udpEncapsulated;
  final TrafficCounters counters = new TrafficCounters();
  final LastPacket lastPacket = new LastPacket();

  private final LifetimeWatch watch;

  boolean used;

  // The endpoint last reported as the peer's next one, and when.
  private long movedHigh;
  private long movedLow;
  private int movedPort = -1;
  private long movedAtNanos;

  // The address of the peer's last reported as learned, and when.
  private long learnedHigh;
  private long learnedLow;
  private boolean hasLearned;
  private long learnedAtNanos;

  InboundSa(ChildSa sa, AeadProvider aead) {
    this.spi = sa.inboundSpi();
    this.peer = sa.peer();
    this.isWatched = sa.path() == ChildSa.Path.WATCHED;
    this.opener = aead.opener(sa.algorithm(), sa.inboundKey(), sa.extendedSequenceNumbers());
    this.window = new ReplayWindow(sa.replayWindow(), sa.extendedSequenceNumbers());
    this.payloadAt = EspOverhead.ESP_HEADER + sa.algorithm().ivLength();
    this.icvLength = sa.algorithm().icvLength();
    this.blockSize = sa.algorithm().blockSize();
    this.localSelectors = new Selectors(sa.localSelectors());
    this.remoteSelectors = new Selectors(sa.remoteSelectors());
    this.udpEncapsulated = sa.udpEncapsulated();
    this.watch =
        new LifetimeWatch(sa.lifetime(), OutboundSa.softSequence(sa.extendedSequenceNumbers()));
  }

  /** True when IKE is to be told that the peer is there; it is taken for told then. */
  boolean isMoveToTell(long high, long low, int port, long nowNanos) {
    boolean isSame = movedPort == port && movedLow == low && movedHigh == high;
    long gapNanos = isSame ? MOVE_REPEAT_NANOS : MOVE_GAP_NANOS;
    if (movedPort >= 0 && nowNanos - movedAtNanos < gapNanos) {
      return false;
    }
    movedHigh = high;
    movedLow = low;
    movedPort = port;
    movedAtNanos = nowNanos;
    return true;
  }

  /** True when that source is to be told as an address of the peer; it is taken for told then. */
  boolean isAddressToTell(long high, long low, long nowNanos) {
    boolean isSame = learnedLow == low && learnedHigh == high;
    if (hasLearned && (isSame || nowNanos - learnedAtNanos < LEARNED_GAP_NANOS)) {
      return false;
    }
    hasLearned = true;
    learnedHigh = high;
    learnedLow = low;
    learnedAtNanos = nowNanos;
    return true;
  }

  /** True if the SA may carry nothing more. */
  boolean isSpent() {
    return watch.isSpent(counters);
  }

  /** True when IKE is to be asked for another SA, after an authentic packet of that number. */
  boolean isRekeyDue(long sequence) {
    return watch.isRekeyDue(sequence, counters);
  }

  /** True when IKE is to be told of a packet that found the SA spent. */
  boolean isEndDue() {
    return watch.isEndDue();
  }
}
