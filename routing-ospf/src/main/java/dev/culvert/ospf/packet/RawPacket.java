package dev.culvert.ospf.packet;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import org.jspecify.annotations.Nullable;

/**
 * A packet of which only the header has been read (RFC 2328 §A.3.1): what authentication is checked
 * on, before any field of the body is believed.
 *
 * <pre>
 * |   Version #   |     Type      |         Packet length         |
 * |                          Router ID                            |
 * |                           Area ID                             |
 * |           Checksum            |             AuType            |
 * |                       Authentication                          |
 * |                       Authentication                          |
 * </pre>
 *
 * @param length of header and body; a message digest and LLS blocks (RFC 5613) stand behind it
 * @param octets the whole IP payload
 */
public record RawPacket(
    PacketType type, int length, RouterId routerId, AreaId area, int authType, Octets octets) {
  public static final int HEADER_LENGTH = 24;
  static final int VERSION = 2;
  static final int CHECKSUM_AT = 12;
  static final int AUTHENTICATION_AT = 16;

  public static Decoded<RawPacket> decode(Octets payload) {
    WireReader in = payload.reader();
    int version = in.u8("Version #");
    in.require(version == VERSION, "Version #", "is " + version);
    @Nullable PacketType type = PacketType.of(in.u8("Type"));
    in.require(type != null, "Type", "is none of 1 to 5");
    int length = in.u16("Packet length");
    in.require(
        length >= HEADER_LENGTH && length <= payload.length(),
        "Packet length",
        length + " does not fit " + payload.length() + " octets received");
    RouterId routerId = in.routerId("Router ID");
    AreaId area = new AreaId(in.u32("Area ID"));
    in.u16("Checksum");
    int authType = in.u16("AuType");
    in.octets(8, "Authentication");
    return in.finish(() ->
        new RawPacket(
            type == null ? PacketType.HELLO : type, length, routerId, area, authType, payload));
  }

  Octets body() {
    return octets.slice(HEADER_LENGTH, length);
  }
}
