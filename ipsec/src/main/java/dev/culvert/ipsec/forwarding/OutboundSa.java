package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.esp.EspOverhead;
import dev.culvert.ipsec.esp.EspSealer;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.ChildSa.DfBit;
import dev.culvert.ipsec.sa.Spi;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a pair. Its state belongs to its queue's outbound thread: that the sequence
 * number has one writer is what keeps every nonce unique.
 */
final class OutboundSa {
  /** What is left when a rekey is asked for: four minutes at a million packets a second. */
  private static final long MARGIN = 1L << 28;

  private static final long LIMIT = 0xFFFF_FFFFL;

  /** RFC 4303 §3.3.3 allows 2^64 - 1; a signed number is as good as endless. */
  private static final long EXTENDED_LIMIT = Long.MAX_VALUE;

  final Spi inboundSpi;
  final int spi;

  /** As {@link ChildSa#peer}. */
  final int peer;

  /** See {@link ChildSa.Path#WATCHED}. */
  final boolean isWatched;

  final EspSealer sealer;
  final EspOverhead overhead;

  /** Octets of SPI, sequence number and IV. */
  final int payloadAt;

  final Selectors localSelectors;
  final Selectors remoteSelectors;
  final TrafficCounters counters = new TrafficCounters();
  final LastPacket lastPacket = new LastPacket();

  private final boolean ipv6;
  private final DfBit dfBit;
  private final long lastSequence;
  private final LifetimeWatch watch;
  private long sequence;

  OutboundSa(ChildSa sa, AeadProvider aead) {
    this.inboundSpi = sa.inboundSpi();
    this.spi = sa.outboundSpi().bits();
    this.peer = sa.peer();
    this.isWatched = sa.path() == ChildSa.Path.WATCHED;
    this.sealer = aead.sealer(sa.algorithm(), sa.outboundKey(), sa.extendedSequenceNumbers());
    this.overhead =
        EspOverhead.of(sa.algorithm(), sa.udpEncapsulated(), sa.remote().address().family());
    this.payloadAt = EspOverhead.ESP_HEADER + sa.algorithm().ivLength();
    this.ipv6 = sa.remote().address().family() == AddressFamily.INET6;
    this.dfBit = sa.dfBit();
    this.localSelectors = new Selectors(sa.localSelectors());
    this.remoteSelectors = new Selectors(sa.remoteSelectors());
    this.lastSequence = sa.extendedSequenceNumbers() ? EXTENDED_LIMIT : LIMIT;
    this.watch = new LifetimeWatch(sa.lifetime(), softSequence(sa.extendedSequenceNumbers()));
  }

  /** The sequence number that calls for a rekey, of either direction. */
  static long softSequence(boolean extended) {
    return (extended ? EXTENDED_LIMIT : LIMIT) - MARGIN;
  }

  /**
   * RFC 4301 §8.1: whether the outer packet around that one carries DF. Over IPv6 every packet
   * does, so to speak.
   */
  boolean setsDontFragment(InnerPacket packet) {
    return ipv6
        || switch (dfBit) {
          case CLEAR -> false;
          case SET -> true;
          case COPY -> packet.dontFragment;
        };
  }

  /** The same, but for a packet that the path carries in fragments only. */
  boolean mustArriveWhole(InnerPacket packet, int mtu) {
    return packet.length <= mtu && setsDontFragment(packet);
  }

  /** Why the SA may carry nothing more; null while it may. */
  @Nullable DropCause spent() {
    if (sequence >= lastSequence) {
      return DropCause.SEQUENCE_EXHAUSTED;
    }
    return watch.isSpent(counters) ? DropCause.LIFETIME : null;
  }

  long nextSequence() {
    return ++sequence;
  }

  /** True when IKE is to be asked for another SA, after the packet just sent. */
  boolean isRekeyDue() {
    return watch.isRekeyDue(sequence, counters);
  }

  /** True when IKE is to be told of a packet that found the SA spent. */
  boolean isEndDue() {
    return watch.isEndDue();
  }

  /** For tests of what happens near the end. */
  void startAt(long lastUsed) {
    sequence = lastUsed;
  }
}
