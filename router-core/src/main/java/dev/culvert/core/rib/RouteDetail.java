package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.RouterId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What only one protocol knows of a route, for policies and for {@code show route}. */
public sealed interface RouteDetail {
  record None() implements RouteDetail {}

  /** Tag of a static route, 0 if none. */
  record Static(long tag) implements RouteDetail {}

  /** RFC 2328 §11: path type and, for externals, the route tag. */
  record Ospf(OspfPathType pathType, long tag, RouterId advertisingRouter) implements RouteDetail {}

  enum OspfPathType {
    INTRA_AREA,
    INTER_AREA,
    TYPE_1_EXTERNAL,
    TYPE_2_EXTERNAL
  }

  /**
   * RFC 4271 §5 attributes in plain values.
   *
   * @param localPreference LOCAL_PREF, unsigned 32 bits
   * @param med MULTI_EXIT_DISC, or null if absent
   * @param asPath as Junos prints it, without the origin letter: {@code 65001 65002 {1 2}}
   * @param origin {@code I}, {@code E} or {@code ?}
   * @param communities in canonical text, such as {@code 65001:100}
   * @param inactiveReason why this path lost, in Junos' words; null for the best one
   */
  record Bgp(
      long localPreference,
      @Nullable Long med,
      String asPath,
      char origin,
      List<String> communities,
      IpAddress peer,
      RouterId peerId,
      long peerAs,
      boolean external,
      IpAddress protocolNextHop,
      @Nullable String inactiveReason)
      implements RouteDetail {
    public Bgp {
      communities = List.copyOf(communities);
    }
  }
}
