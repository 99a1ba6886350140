package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.esp.ReplayWindow;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;

/** The receiving half of a pair. Its state belongs to its queue's inbound thread. */
final class InboundSa {
  final Spi spi;
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

  // The endpoint last reported as the peer's next one.
  long movedHigh;
  long movedLow;
  int movedPort = -1;

  InboundSa(ChildSa sa, AeadProvider aead) {
    this.spi = sa.inboundSpi();
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
