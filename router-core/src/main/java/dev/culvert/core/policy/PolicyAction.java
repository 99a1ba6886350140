package dev.culvert.core.policy;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.path.Origin;
import java.util.List;

/** One change that {@code then} makes to a route. */
public sealed interface PolicyAction {
  record LocalPreference(long value) implements PolicyAction {}

  record Metric(long value) implements PolicyAction {}

  record Preference(long value) implements PolicyAction {}

  record Tag(long value) implements PolicyAction {}

  /** {@code next-hop}. */
  sealed interface NextHopChange extends PolicyAction {}

  /** {@code next-hop self}: this router's own address on the session. */
  record NextHopSelf() implements NextHopChange {}

  record NextHopAddress(IpAddress address) implements NextHopChange {}

  /** AS numbers put in front, the leftmost first. */
  record AsPathPrepend(List<Long> asNumbers) implements PolicyAction {
    public AsPathPrepend {
      asNumbers = List.copyOf(asNumbers);
    }
  }

  record CommunityAdd(CommunityList communities) implements PolicyAction {}

  record CommunitySet(CommunityList communities) implements PolicyAction {}

  record CommunityDelete(CommunityList communities) implements PolicyAction {}

  /** {@code external type 1|2}: the metric type of an AS-external-LSA. */
  record ExternalType(int type) implements PolicyAction {}

  record SetOrigin(Origin origin) implements PolicyAction {}
}
