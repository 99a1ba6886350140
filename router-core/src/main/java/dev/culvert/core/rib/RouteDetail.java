package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import org.jspecify.annotations.Nullable;

/** What only one protocol knows of a route, for policies and for {@code show route}. */
public sealed interface RouteDetail {
  record None() implements RouteDetail {}

  /** Tag of a static route, 0 if none. */
  record Static(long tag) implements RouteDetail {}

  /** RFC 2328 §11: path type and, for externals, the route tag. */
  record Ospf(OspfPathType pathType, long tag, RouterId advertisingRouter) implements RouteDetail {}

  /**
   * RFC 2453 §4, RFC 2080 §2.1.
   *
   * @param tag 0 to 65535
   */
  record Rip(int tag) implements RouteDetail {}

  enum OspfPathType {
    INTRA_AREA,
    INTER_AREA,
    TYPE_1_EXTERNAL,
    TYPE_2_EXTERNAL
  }

  /**
   * RFC 4271 §5 attributes.
   *
   * @param localPreference LOCAL_PREF, unsigned 32 bits
   * @param med MULTI_EXIT_DISC, or null if absent
   * @param tag that an import policy gave it, 0 if none
   * @param inactiveReason why this path lost, in Junos' words; null for the best one
   */
  record Bgp(
      long localPreference,
      @Nullable Long med,
      AsPath asPath,
      Origin origin,
      Communities communities,
      IpAddress peer,
      RouterId peerId,
      long peerAs,
      boolean external,
      IpAddress protocolNextHop,
      long tag,
      @Nullable String inactiveReason)
      implements RouteDetail {}

  /** The route's tag, 0 if it has none. */
  default long routeTag() {
    return switch (this) {
      case None none -> 0;
      case Static fixed -> fixed.tag();
      case Ospf ospf -> ospf.tag();
      case Rip rip -> rip.tag();
      case Bgp bgp -> bgp.tag();
    };
  }
}
