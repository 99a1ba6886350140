package dev.culvert.ospf.packet;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/** The body of an OSPF packet, by type (RFC 2328 §A.3). */
public sealed interface OspfPacket
    permits Hello, DatabaseDescription, LinkStateRequest, LinkStateUpdate, LinkStateAcknowledgment {

  PacketType type();

  void write(WireWriter out);

  /** Reads the body of a packet whose header and authentication have been found good. */
  static Decoded<OspfPacket> decode(RawPacket packet) {
    WireReader in = packet.body().reader();
    OspfPacket body =
        switch (packet.type()) {
          case HELLO -> Hello.read(in);
          case DATABASE_DESCRIPTION -> DatabaseDescription.read(in);
          case LINK_STATE_REQUEST -> LinkStateRequest.read(in);
          case LINK_STATE_UPDATE -> LinkStateUpdate.read(in);
          case LINK_STATE_ACKNOWLEDGMENT -> LinkStateAcknowledgment.read(in);
        };
    return in.finish(() -> body);
  }

  /** Header and body; checksum and authentication still zero. */
  default byte[] encode(RouterId routerId, AreaId area) {
    WireWriter out = new WireWriter();
    out.u8(RawPacket.VERSION).u8(type().wireValue()).u16(0);
    out.routerId(routerId).u32(area.bits());
    out.zeros(RawPacket.HEADER_LENGTH - out.position());
    write(out);
    return out.patchU16(2, out.position()).toByteArray();
  }
}
