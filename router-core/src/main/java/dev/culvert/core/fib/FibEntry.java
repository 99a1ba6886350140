package dev.culvert.core.fib;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.TableId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route as the kernel is to hold it.
 *
 * @param table the routing table it is the copy of
 * @param nextHops empty unless {@link Kind#UNICAST}; more than one is a multipath route
 */
public record FibEntry(TableId table, IpPrefix prefix, Kind kind, List<Hop> nextHops) {
  public enum Kind {
    UNICAST,
    BLACKHOLE,
    UNREACHABLE,
    /** Any other type, such as prohibit or throw: a route of others', for ours have none. */
    OTHER
  }

  /** {@code gateway} is null where the interface alone says it. */
  public record Hop(InterfaceName out, @Nullable IpAddress gateway) {}

  public FibEntry {
    table.require(prefix);
    nextHops = List.copyOf(nextHops);
  }

  public FibKey key() {
    return new FibKey(table, prefix);
  }
}
