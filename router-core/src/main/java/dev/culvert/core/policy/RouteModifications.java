package dev.culvert.core.policy;

import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a policy chain changed on a route; null means unchanged. Each protocol takes what it has a
 * place for: see {@link PolicyUse}.
 *
 * @param asPathPrepend AS numbers to put in front, the leftmost first; empty for none
 * @param communities all the communities the route has afterwards
 * @param externalType 1 or 2, for routes that OSPF exports
 */
public record RouteModifications(
    @Nullable Long localPreference,
    @Nullable Long metric,
    @Nullable Long preference,
    @Nullable Long tag,
    PolicyAction.@Nullable NextHopChange nextHop,
    List<Long> asPathPrepend,
    @Nullable Communities communities,
    @Nullable Integer externalType,
    @Nullable Origin origin) {

  public static final RouteModifications NONE =
      new RouteModifications(null, null, null, null, null, List.of(), null, null, null);

  public RouteModifications {
    asPathPrepend = List.copyOf(asPathPrepend);
  }

  public boolean isEmpty() {
    return equals(NONE);
  }
}
