package dev.culvert.core.policy;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * What a policy may ask beyond the route itself.
 *
 * @param from the neighbor a route is imported from, or null
 * @param in the interface that neighbor is connected to, or null
 * @param to the neighbor a route is exported to, or null
 */
public record RoutePolicyContext(
    @Nullable IpAddress from, @Nullable InterfaceName in, @Nullable IpAddress to) {
  public static final RoutePolicyContext NONE = new RoutePolicyContext(null, null, null);

  public static RoutePolicyContext importFrom(IpAddress neighbor, @Nullable InterfaceName in) {
    return new RoutePolicyContext(neighbor, in, null);
  }

  public static RoutePolicyContext exportTo(IpAddress neighbor) {
    return new RoutePolicyContext(null, null, neighbor);
  }
}
