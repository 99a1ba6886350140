package dev.culvert.ospf.packet;

import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/** Asks for the current instance of each LSA named (RFC 2328 §A.3.4). */
public record LinkStateRequest(List<LsaKey> requests) implements OspfPacket {
  /** LS type in four octets, Link State ID, Advertising Router. */
  public static final int REQUEST_LENGTH = 12;

  public LinkStateRequest {
    requests = List.copyOf(requests);
  }

  @Override
  public PacketType type() {
    return PacketType.LINK_STATE_REQUEST;
  }

  static LinkStateRequest read(WireReader in) {
    List<LsaKey> requests = new ArrayList<>();
    while (in.remaining() > 0) {
      requests.add(
          new LsaKey(
              in.u32("LS type"), in.ipv4("Link State ID"), in.routerId("Advertising Router")));
    }
    return new LinkStateRequest(requests);
  }

  @Override
  public void write(WireWriter out) {
    for (LsaKey key : requests) {
      out.u32(key.type()).address(key.linkStateId()).routerId(key.advertisingRouter());
    }
  }
}
