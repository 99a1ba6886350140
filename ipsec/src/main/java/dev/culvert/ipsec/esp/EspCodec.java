package dev.culvert.ipsec.esp;

import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.Spi;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One direction of an SA, packet by packet on heap arrays: the plain twin of the data path, which
 * must agree with it, and the cipher of the simulator. Holds the sequence number and the replay
 * window. Confined to one thread.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |               Security Parameters Index (SPI)                 |
 * |                      Sequence Number                          |
 * |                    IV, Payload Data, Padding                  ~
 * ~                               |  Pad Length   | Next Header   |
 * |         Integrity Check Value-ICV   (variable)                ~
 * </pre>
 */
public final class EspCodec {
  /** RFC 4303 §2.6. */
  public static final int NEXT_HEADER_IPV4 = 4;

  public static final int NEXT_HEADER_IPV6 = 41;
  public static final int NEXT_HEADER_DUMMY = 59;

  private static final int IPV4_HEADER = 20;
  private static final int IPV6_HEADER = 40;

  /** What became of an ESP packet. */
  public sealed interface Opened {
    record Packet(Octets inner, long sequence) implements Opened {}

    /** A packet that was sent to be thrown away (RFC 4303 §2.6). */
    record Dummy() implements Opened {}

    record Dropped(DropCause cause) implements Opened {}
  }

  private final EspAlgorithm algorithm;
  private final Spi spi;
  private final EspOverhead overhead;
  private final EspCipher cipher;
  private final ReplayWindow window;
  private long sequence;

  public EspCodec(EspAlgorithm algorithm, Spi spi, Secret key, boolean extended, int replayWindow) {
    this.algorithm = algorithm;
    this.spi = spi;
    // The outer headers play no part in the ESP packet itself.
    this.overhead =
        new EspOverhead(
            0, algorithm.ivLength(), algorithm.icvLength(), Math.max(4, algorithm.blockSize()));
    this.cipher = new EspCipher(algorithm, key, extended);
    this.window = new ReplayWindow(replayWindow, extended);
  }

  /** What the holder of the SA sends with. */
  public static EspCodec outbound(ChildSa sa) {
    return new EspCodec(
        sa.algorithm(), sa.outboundSpi(), sa.outboundKey(), sa.extendedSequenceNumbers(), 0);
  }

  /** What the holder of the SA receives with. */
  public static EspCodec inbound(ChildSa sa) {
    return new EspCodec(
        sa.algorithm(),
        sa.inboundSpi(),
        sa.inboundKey(),
        sa.extendedSequenceNumbers(),
        sa.replayWindow());
  }

  /** The ESP packet around an IPv4 or IPv6 packet, under the next sequence number. */
  public Octets seal(Octets inner) {
    return seal(inner, inner.at(0) >> 4 == 4 ? NEXT_HEADER_IPV4 : NEXT_HEADER_IPV6);
  }

  public Octets seal(Octets payload, int nextHeader) {
    return seal(payload, nextHeader, ++sequence);
  }

  /** As {@link #seal(Octets, int)} with a sequence number of the caller's choice. */
  public Octets seal(Octets payload, int nextHeader, long chosenSequence) {
    byte[] packet = new byte[overhead.espLength(payload.length())];
    ByteBuffer.wrap(packet).putInt(spi.bits()).putInt((int) chosenSequence);
    int start = EspOverhead.ESP_HEADER + algorithm.ivLength();
    payload.copyTo(packet, start);
    int plaintextLength = overhead.plaintextLength(payload.length());
    int padLength = plaintextLength - payload.length() - EspOverhead.ESP_TRAILER;
    for (int i = 0; i < padLength; i++) {
      packet[start + payload.length() + i] = (byte) (i + 1);
    }
    packet[start + plaintextLength - 2] = (byte) padLength;
    packet[start + plaintextLength - 1] = (byte) nextHeader;
    cipher.seal(packet, 0, plaintextLength, chosenSequence);
    return Octets.wrap(packet);
  }

  /** Checks and opens a packet of this SA, in the order of RFC 4303 §3.4. */
  public Opened open(Octets esp) {
    int plaintextLength =
        esp.length() - EspOverhead.ESP_HEADER - algorithm.ivLength() - algorithm.icvLength();
    if (plaintextLength < EspOverhead.ESP_TRAILER || plaintextLength % algorithm.blockSize() != 0) {
      return new Opened.Dropped(DropCause.MALFORMED);
    }
    byte[] packet = esp.toByteArray();
    ByteBuffer header = ByteBuffer.wrap(packet);
    if (header.getInt(0) != spi.bits()) {
      return new Opened.Dropped(DropCause.INVALID_SPI);
    }
    long received = window.infer(header.getInt(4));
    if (!window.isAcceptable(received)) {
      return new Opened.Dropped(DropCause.REPLAY);
    }
    byte[] plaintext = new byte[plaintextLength];
    if (!cipher.open(packet, 0, packet.length, received, plaintext, 0)) {
      return new Opened.Dropped(DropCause.AUTHENTICATION);
    }
    window.accept(received);
    return unwrap(plaintext, received);
  }

  private static Opened unwrap(byte[] plaintext, long received) {
    int padLength = plaintext[plaintext.length - 2] & 0xFF;
    int nextHeader = plaintext[plaintext.length - 1] & 0xFF;
    int payloadEnd = plaintext.length - EspOverhead.ESP_TRAILER - padLength;
    if (payloadEnd < 0) {
      return new Opened.Dropped(DropCause.PADDING);
    }
    for (int i = 0; i < padLength; i++) {
      if (plaintext[payloadEnd + i] != (byte) (i + 1)) {
        return new Opened.Dropped(DropCause.PADDING);
      }
    }
    if (nextHeader == NEXT_HEADER_DUMMY) {
      return new Opened.Dummy();
    }
    int length = innerLength(plaintext, payloadEnd, nextHeader);
    return length < 0
        ? new Opened.Dropped(DropCause.MALFORMED)
        : new Opened.Packet(Octets.wrap(Arrays.copyOf(plaintext, length)), received);
  }

  /** What the inner header says, so that traffic-flow padding (RFC 4303 §2.7) falls away. */
  private static int innerLength(byte[] plaintext, int available, int nextHeader) {
    ByteBuffer inner = ByteBuffer.wrap(plaintext);
    int length = -1;
    int smallest = 0;
    if (nextHeader == NEXT_HEADER_IPV4 && available >= IPV4_HEADER && plaintext[0] >> 4 == 4) {
      smallest = (plaintext[0] & 0xF) * 4;
      length = inner.getShort(2) & 0xFFFF;
      if (smallest < IPV4_HEADER) {
        return -1;
      }
    } else if (nextHeader == NEXT_HEADER_IPV6
        && available >= IPV6_HEADER
        && plaintext[0] >> 4 == 6) {
      smallest = IPV6_HEADER;
      length = IPV6_HEADER + (inner.getShort(4) & 0xFFFF);
    }
    return length >= smallest && length <= available ? length : -1;
  }
}
