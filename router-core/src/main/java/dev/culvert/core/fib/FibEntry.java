package dev.culvert.core.fib;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One route as the kernel is to hold it.
 *
 * @param nextHops empty unless {@link Kind#UNICAST}; more than one is a multipath route
 */
public record FibEntry(IpPrefix prefix, Kind kind, List<Hop> nextHops) {
  public enum Kind {
    UNICAST,
    BLACKHOLE,
    UNREACHABLE
  }

  /** {@code gateway} is null where the interface alone says it. */
  public record Hop(InterfaceName out, @Nullable IpAddress gateway) {}

  public FibEntry {
    nextHops = List.copyOf(nextHops);
  }
}
