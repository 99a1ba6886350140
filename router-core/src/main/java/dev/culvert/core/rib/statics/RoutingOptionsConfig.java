package dev.culvert.core.rib.statics;

import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.MartianRule;
import dev.culvert.core.rib.TableId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code routing-options}.
 *
 * @param routerId null to let the router choose
 * @param autonomousSystem 1 to 4294967295, or null
 * @param martians beside the default ones, by table
 */
public record RoutingOptionsConfig(
    @Nullable RouterId routerId,
    @Nullable Long autonomousSystem,
    List<StaticRoute> staticRoutes,
    Map<TableId, List<MartianRule>> martians) {
  public static final RoutingOptionsConfig NONE =
      new RoutingOptionsConfig(null, null, List.of(), Map.of());

  public RoutingOptionsConfig {
    staticRoutes = List.copyOf(staticRoutes);
    martians = Map.copyOf(martians);
  }
}
