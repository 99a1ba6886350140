package dev.culvert.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;

/** The timers an instance may run, one per key. */
sealed interface RipTimer {
  /** The next periodic update (RFC 2453 §3.8). */
  record Update(InterfaceName on) implements RipTimer {}

  /** Until then a triggered update waits (RFC 2453 §3.10.1). */
  record Triggered(InterfaceName on) implements RipTimer {}

  /** A route that nobody has spoken of since (RFC 2453 §3.8). */
  record RouteTimeout(IpPrefix prefix, RouteTable.From from) implements RipTimer {}

  /** A destination that was lost is forgotten. */
  record HoldDown(IpPrefix prefix) implements RipTimer {}

  /** Neighbors have been told long enough that a route is gone: RFC 2453's garbage collection. */
  record Garbage(String group, IpPrefix prefix) implements RipTimer {}

  /** A router that has not been heard since. */
  record Silence(InterfaceName on, IpAddress peer) implements RipTimer {}
}
