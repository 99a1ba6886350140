package dev.culvert.core.rib.statics;

import dev.culvert.core.net.RouterId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code routing-options}.
 *
 * @param routerId null to let the router choose
 * @param autonomousSystem 1 to 4294967295, or null
 */
public record RoutingOptionsConfig(
    @Nullable RouterId routerId, @Nullable Long autonomousSystem, List<StaticRoute> staticRoutes) {
  public static final RoutingOptionsConfig NONE = new RoutingOptionsConfig(null, null, List.of());

  public RoutingOptionsConfig {
    staticRoutes = List.copyOf(staticRoutes);
  }
}
