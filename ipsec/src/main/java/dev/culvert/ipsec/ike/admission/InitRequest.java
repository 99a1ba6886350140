package dev.culvert.ipsec.ike.admission;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.ipsec.ike.message.IkeHeader;
import dev.culvert.ipsec.ike.message.NotifyType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.message.PayloadCodec;

/**
 * Of an IKE_SA_INIT request what a cookie is made of (RFC 7296 §2.6): the generic headers are
 * walked, and of the payloads only these two are looked into.
 *
 * @param cookie as it was returned; empty if there is none
 */
record InitRequest(long initiatorSpi, Octets nonce, Octets cookie) {
  /** The payloads a request must hold, as bits. */
  private static final int SA = 1;

  private static final int KE = 2;
  private static final int NONCE = 4;
  private static final int ALL = SA | KE | NONCE;

  private static final int GENERIC_HEADER = 4;

  static Decoded<InitRequest> decode(IkeHeader header, Octets message) {
    WireReader in = message.reader();
    in.skip(IkeHeader.LENGTH, "IKE header");
    in.require(header.length() == message.length(), "Length", "is not the datagram's");
    Octets nonce = Octets.EMPTY;
    Octets cookie = Octets.EMPTY;
    int found = 0;
    int count = 0;
    int type = header.nextPayload();
    while (type != 0 && !in.isPoisoned()) {
      in.require(++count <= PayloadCodec.MAX_PAYLOADS, "Next Payload", "too many payloads");
      int next = in.u8("Next Payload");
      in.u8("Critical");
      WireReader body = in.slice(in.u16("Payload Length") - GENERIC_HEADER, "Payload Length");
      switch (type) {
        case Payload.SA -> found |= SA;
        case Payload.KE -> found |= KE;
        case Payload.NONCE -> {
          found |= NONCE;
          nonce = body.rest();
        }
        case Payload.NOTIFY -> cookie = cookie.length() == 0 ? cookie(body) : cookie;
        default -> {}
      }
      in.adopt(body);
      type = next;
    }
    in.require(in.remaining() == 0, "Length", "octets after the last payload");
    in.require(found == ALL, "Next Payload", "SA, KE or Nonce is missing");
    in.require(
        nonce.length() >= Payload.Nonce.MIN_LENGTH && nonce.length() <= Payload.Nonce.MAX_LENGTH,
        "Nonce Data",
        "has no lawful length");
    InitRequest request = new InitRequest(header.initiatorSpi(), nonce, cookie);
    return in.finish(() -> request);
  }

  private static Octets cookie(WireReader in) {
    in.u8("Protocol ID");
    int spiSize = in.u8("SPI Size");
    int type = in.u16("Notify Message Type");
    in.skip(spiSize, "SPI");
    return type == NotifyType.COOKIE.wireValue() ? in.rest() : Octets.EMPTY;
  }
}
