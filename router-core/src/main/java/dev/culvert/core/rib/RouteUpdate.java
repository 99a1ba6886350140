package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;

/** One change a protocol asks of the RIB. */
public sealed interface RouteUpdate {
  TableId table();

  IpPrefix prefix();

  RouteSource source();

  /** Adds the route, or replaces what its source offered for the prefix before. */
  record Announce(TableId table, Route route) implements RouteUpdate {
    public Announce {
      table.require(route.prefix());
    }

    @Override
    public IpPrefix prefix() {
      return route.prefix();
    }

    @Override
    public RouteSource source() {
      return route.source();
    }
  }

  /**
   * As {@link Announce}, but that its source knows the route not to be usable: it is shown hidden
   * and counts for nothing.
   *
   * @param reason as an operator reads it
   */
  record Withhold(TableId table, Route route, String reason) implements RouteUpdate {
    public Withhold {
      table.require(route.prefix());
    }

    @Override
    public IpPrefix prefix() {
      return route.prefix();
    }

    @Override
    public RouteSource source() {
      return route.source();
    }
  }

  record Withdraw(TableId table, IpPrefix prefix, RouteSource source) implements RouteUpdate {
    public Withdraw {
      table.require(prefix);
    }
  }
}
