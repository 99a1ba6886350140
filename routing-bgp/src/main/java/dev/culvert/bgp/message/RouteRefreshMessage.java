package dev.culvert.bgp.message;

import dev.culvert.bgp.registry.AddressFamilyId;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;

/**
 * ROUTE-REFRESH (RFC 2918 §3).
 *
 * @param subtype reserved there; 1 and 2 are the markers of RFC 7313
 */
public record RouteRefreshMessage(int afi, int subtype, int safi) implements BgpMessage {
  public static RouteRefreshMessage ipv4Unicast() {
    return new RouteRefreshMessage(AddressFamilyId.AFI_IPV4, 0, AddressFamilyId.SAFI_UNICAST);
  }

  static RouteRefreshMessage decode(WireReader in) {
    return new RouteRefreshMessage(in.u16("AFI"), in.u8("Res."), in.u8("SAFI"));
  }

  @Override
  public Octets encode() {
    return MessageHeader.frame(
        MessageType.ROUTE_REFRESH, new WireWriter().u16(afi).u8(subtype).u8(safi));
  }

  /** A plain request for the one family we speak. */
  public boolean asksForIpv4Unicast() {
    return afi == AddressFamilyId.AFI_IPV4 && safi == AddressFamilyId.SAFI_UNICAST && subtype == 0;
  }
}
