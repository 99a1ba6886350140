package dev.culvert.core.policy;

import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a policy may ask beyond the route itself.
 *
 * @param from the neighbor a route is imported from, or null
 * @param to the neighbor a route is exported to, or null
 */
public record RoutePolicyContext(@Nullable IpAddress from, @Nullable IpAddress to) {
  public static final RoutePolicyContext NONE = new RoutePolicyContext(null, null);

  public static RoutePolicyContext importFrom(IpAddress neighbor) {
    return new RoutePolicyContext(neighbor, null);
  }

  public static RoutePolicyContext exportTo(IpAddress neighbor) {
    return new RoutePolicyContext(null, neighbor);
  }
}
