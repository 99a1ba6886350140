package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * The IKE header (RFC 7296 §3.1).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       IKE SA Initiator's SPI                  |
 * |                                                               |
 * |                       IKE SA Responder's SPI                  |
 * |                                                               |
 * |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 * |                          Message ID                           |
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * </pre>
 */
public record IkeHeader(
    long initiatorSpi,
    long responderSpi,
    int nextPayload,
    int majorVersion,
    int exchangeType,
    boolean fromInitiator,
    boolean response,
    int messageId,
    long length) {
  public static final int LENGTH = 28;
  public static final int MAJOR_VERSION = 2;

  private static final int FLAG_INITIATOR = 0x08;
  private static final int FLAG_RESPONSE = 0x20;

  static IkeHeader read(WireReader in) {
    long initiatorSpi = in.u64("IKE SA Initiator's SPI");
    long responderSpi = in.u64("IKE SA Responder's SPI");
    int nextPayload = in.u8("Next Payload");
    int version = in.u8("Version");
    int exchangeType = in.u8("Exchange Type");
    int flags = in.u8("Flags");
    int messageId = in.u32("Message ID");
    long length = in.u32Long("Length");
    return new IkeHeader(
        initiatorSpi,
        responderSpi,
        nextPayload,
        version >>> 4,
        exchangeType,
        (flags & FLAG_INITIATOR) != 0,
        (flags & FLAG_RESPONSE) != 0,
        messageId,
        length);
  }

  /** Ours are version 2.0, whatever {@link #majorVersion} says. */
  void write(WireWriter out) {
    out.u64(initiatorSpi)
        .u64(responderSpi)
        .u8(nextPayload)
        .u8(MAJOR_VERSION << 4)
        .u8(exchangeType)
        .u8((fromInitiator ? FLAG_INITIATOR : 0) | (response ? FLAG_RESPONSE : 0))
        .u32(messageId)
        .u32((int) length);
  }

  IkeHeader with(int firstPayload, int totalLength) {
    return new IkeHeader(
        initiatorSpi,
        responderSpi,
        firstPayload,
        majorVersion,
        exchangeType,
        fromInitiator,
        response,
        messageId,
        totalLength);
  }

  /** That of a response to this request. */
  public IkeHeader ofResponse() {
    return new IkeHeader(
        initiatorSpi,
        responderSpi,
        0,
        MAJOR_VERSION,
        exchangeType,
        !fromInitiator,
        true,
        messageId,
        0);
  }

  /** The SPI the receiver of this message chose. */
  public long receiverSpi() {
    return fromInitiator ? responderSpi : initiatorSpi;
  }
}
