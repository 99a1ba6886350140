package dev.culvert.core.rib.statics;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code static route PREFIX}.
 *
 * @param entries each its own candidate in the table: the next hops of {@code next-hop} together,
 *     each {@code qualified-next-hop} alone
 */
public record StaticRoute(IpPrefix prefix, long tag, List<Entry> entries) {
  /**
   * @param instance tells the candidates of one prefix apart: empty, or the qualified next hop
   */
  public record Entry(String instance, long preference, long metric, List<Hop> hops) {
    public Entry {
      hops = List.copyOf(hops);
    }
  }

  /** One next hop, and how its liveness is watched where it is. */
  public record Hop(NextHop nextHop, @Nullable Watch watch) {}

  /**
   * @param neighbor whom to watch
   * @param out null where the neighbor's connected interface is to be found by its address
   */
  public record Watch(
      IpAddress neighbor,
      @Nullable InterfaceName out,
      @Nullable IpAddress localAddress,
      LivenessConfig config) {}

  public StaticRoute {
    entries = List.copyOf(entries);
  }
}
