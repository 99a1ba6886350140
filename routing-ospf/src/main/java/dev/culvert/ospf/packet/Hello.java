package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds and keeps neighbors (RFC 2328 §A.3.2).
 *
 * <pre>
 * |                        Network Mask                           |
 * |         HelloInterval         |    Options    |    Rtr Pri    |
 * |                     RouterDeadInterval                        |
 * |                      Designated Router                        |
 * |                   Backup Designated Router                    |
 * |                          Neighbor ...                         |
 * </pre>
 */
public record Hello(
    Ipv4Address networkMask,
    int helloInterval,
    int options,
    int routerPriority,
    long routerDeadInterval,
    Ipv4Address designatedRouter,
    Ipv4Address backupDesignatedRouter,
    List<RouterId> neighbors)
    implements OspfPacket {
  /** RFC 2328 §A.2: the router takes AS-external-LSAs. */
  public static final int OPTION_EXTERNAL = 0x02;

  public Hello {
    neighbors = List.copyOf(neighbors);
  }

  @Override
  public PacketType type() {
    return PacketType.HELLO;
  }

  static Hello read(WireReader in) {
    Ipv4Address networkMask = in.ipv4("Network Mask");
    int helloInterval = in.u16("HelloInterval");
    int options = in.u8("Options");
    int routerPriority = in.u8("Rtr Pri");
    long routerDeadInterval = in.u32Long("RouterDeadInterval");
    Ipv4Address designatedRouter = in.ipv4("Designated Router");
    Ipv4Address backupDesignatedRouter = in.ipv4("Backup Designated Router");
    List<RouterId> neighbors = new ArrayList<>();
    while (in.remaining() > 0) {
      neighbors.add(in.routerId("Neighbor"));
    }
    return new Hello(
        networkMask,
        helloInterval,
        options,
        routerPriority,
        routerDeadInterval,
        designatedRouter,
        backupDesignatedRouter,
        neighbors);
  }

  @Override
  public void write(WireWriter out) {
    out.address(networkMask).u16(helloInterval).u8(options).u8(routerPriority);
    out.u32((int) routerDeadInterval);
    out.address(designatedRouter).address(backupDesignatedRouter);
    neighbors.forEach(out::routerId);
  }
}
