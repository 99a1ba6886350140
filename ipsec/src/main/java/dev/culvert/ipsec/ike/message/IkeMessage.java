package dev.culvert.ipsec.ike.message;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.List;

/**
 * A message as it stands on the wire: header and payloads, of which an Encrypted one may be last.
 */
public record IkeMessage(IkeHeader header, List<Payload> payloads) {
  /** Larger datagrams hold no IKE message we could want. */
  public static final int MAX_LENGTH = 16_384;

  public IkeMessage {
    payloads = List.copyOf(payloads);
  }

  /** The header alone, so that foreign versions can be answered (RFC 7296 §2.5). */
  public static Decoded<IkeHeader> decodeHeader(Octets octets) {
    WireReader in = octets.reader();
    IkeHeader header = IkeHeader.read(in);
    return in.finish(() -> header);
  }

  public static Decoded<IkeMessage> decode(Octets octets) {
    WireReader in = octets.reader();
    in.require(octets.length() <= MAX_LENGTH, "Length", "message too long");
    IkeHeader header = IkeHeader.read(in);
    in.require(header.length() == octets.length(), "Length", "is not the datagram's");
    in.require(header.majorVersion() == IkeHeader.MAJOR_VERSION, "MjVer", "is not 2");
    List<Payload> payloads = PayloadCodec.read(header.nextPayload(), in);
    return in.finish(() -> new IkeMessage(header, payloads));
  }

  public Octets encode() {
    Octets body = PayloadCodec.encode(payloads);
    WireWriter out = new WireWriter();
    header.with(PayloadCodec.firstType(payloads), IkeHeader.LENGTH + body.length()).write(out);
    return out.octets(body).toOctets();
  }
}
