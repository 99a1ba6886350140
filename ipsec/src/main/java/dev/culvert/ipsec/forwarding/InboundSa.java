package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.EspOpener;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.esp.ReplayWindow;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.Spi;

/** The receiving half of a pair. Its state belongs to {@code forwarding-in}. */
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
  final long softLimit;
  final TrafficCounters counters = new TrafficCounters();

  boolean used;
  boolean softLimitReported;

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
    this.softLimit = OutboundSa.softLimit(sa.extendedSequenceNumbers());
  }
}
