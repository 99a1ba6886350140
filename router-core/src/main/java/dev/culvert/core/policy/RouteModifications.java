package dev.culvert.core.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a policy chain changed on a route; null means unchanged.
 *
 * @param nextHop {@link PolicyAction.NextHopSelf} or {@link PolicyAction.NextHopAddress}
 * @param asPathPrepend AS numbers to put in front, the leftmost first; empty for none
 * @param communities all the communities the route has afterwards
 * @param externalType 1 or 2, for routes that OSPF exports
 * @param origin {@code I}, {@code E} or {@code ?}
 */
public record RouteModifications(
    @Nullable Long localPreference,
    @Nullable Long metric,
    @Nullable Long preference,
    @Nullable Long tag,
    @Nullable PolicyAction nextHop,
    List<Long> asPathPrepend,
    @Nullable List<String> communities,
    @Nullable Integer externalType,
    @Nullable Character origin) {

  public static final RouteModifications NONE =
      new RouteModifications(null, null, null, null, null, List.of(), null, null, null);

  public RouteModifications {
    asPathPrepend = List.copyOf(asPathPrepend);
    communities = communities == null ? null : List.copyOf(communities);
  }

  public boolean isEmpty() {
    return equals(NONE);
  }
}
