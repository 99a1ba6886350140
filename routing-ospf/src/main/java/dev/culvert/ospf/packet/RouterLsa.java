package dev.culvert.ospf.packet;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * The interfaces of one router to an area (RFC 2328 §A.4.2).
 *
 * <pre>
 * |    0    |V|E|B|        0      |            # links            |
 * |                          Link ID                              |
 * |                         Link Data                             |
 * |     Type      |     # TOS     |            metric             |
 * |      TOS      |        0      |          TOS  metric          |
 * </pre>
 */
public record RouterLsa(int flags, List<Link> links) implements LsaBody {
  public static final int AREA_BORDER_ROUTER = 0x01;
  public static final int AS_BOUNDARY_ROUTER = 0x02;

  /** Type of a link and what its Link ID and Link Data mean. */
  public enum LinkType {
    /** Neighbor's Router ID; own address or interface index. */
    POINT_TO_POINT(1),
    /** Designated Router's address; own address. */
    TRANSIT(2),
    /** Network number; mask. */
    STUB(3),
    /** Neighbor's Router ID; own address. */
    VIRTUAL(4);

    private final int wireValue;

    LinkType(int wireValue) {
      this.wireValue = wireValue;
    }

    public int wireValue() {
      return wireValue;
    }
  }

  public record Link(LinkType type, Ipv4Address id, Ipv4Address data, int metric) {}

  public RouterLsa {
    links = List.copyOf(links);
  }

  public boolean isAreaBorderRouter() {
    return (flags & AREA_BORDER_ROUTER) != 0;
  }

  public boolean isAsBoundaryRouter() {
    return (flags & AS_BOUNDARY_ROUTER) != 0;
  }

  static RouterLsa read(WireReader in) {
    int flags = in.u8("flags");
    in.u8("0");
    int count = in.u16("# links");
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < count && in.remaining() > 0; i++) {
      Ipv4Address id = in.ipv4("Link ID");
      Ipv4Address data = in.ipv4("Link Data");
      int type = in.u8("Type");
      int tosCount = in.u8("# TOS");
      int metric = in.u16("metric");
      // RFC 2328 dropped TOS routing; the metrics of routers that still have it are stepped over.
      in.skip(tosCount * 4, "TOS metrics");
      in.require(type >= 1 && type <= 4, "Type", "is no link type");
      if (!in.isPoisoned()) {
        links.add(new Link(LinkType.values()[type - 1], id, data, metric));
      }
    }
    in.require(links.size() == count, "# links", "exceeds the links present");
    return new RouterLsa(flags, links);
  }

  @Override
  public void write(WireWriter out) {
    out.u8(flags).u8(0).u16(links.size());
    for (Link link : links) {
      out.address(link.id()).address(link.data());
      out.u8(link.type().wireValue()).u8(0).u16(link.metric());
    }
  }
}
