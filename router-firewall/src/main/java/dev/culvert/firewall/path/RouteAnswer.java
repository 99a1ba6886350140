package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/** Where a packet goes; {@code why} is the caller's own, and is handed back as it came. */
public sealed interface RouteAnswer {
  Object why();

  /**
   * Out by an interface.
   *
   * @param address what interface NAT translates to there; null where the interface has none
   */
  record Out(InterfaceName out, @Nullable IpAddress address, Object why) implements RouteAnswer {}

  /** To the router itself. */
  record Local(Object why) implements RouteAnswer {}

  /** Nowhere. */
  record Unreachable(Object why) implements RouteAnswer {}
}
