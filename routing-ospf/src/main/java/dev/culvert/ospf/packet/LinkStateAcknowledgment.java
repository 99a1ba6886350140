package dev.culvert.ospf.packet;

import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/** Makes flooding reliable: names the instances received (RFC 2328 §A.3.6). */
public record LinkStateAcknowledgment(List<LsaHeader> headers) implements OspfPacket {
  public LinkStateAcknowledgment {
    headers = List.copyOf(headers);
  }

  @Override
  public PacketType type() {
    return PacketType.LINK_STATE_ACKNOWLEDGMENT;
  }

  static LinkStateAcknowledgment read(WireReader in) {
    List<LsaHeader> headers = new ArrayList<>();
    while (in.remaining() > 0) {
      headers.add(LsaHeader.read(in));
    }
    return new LinkStateAcknowledgment(headers);
  }

  @Override
  public void write(WireWriter out) {
    headers.forEach(h -> h.write(out));
  }
}
