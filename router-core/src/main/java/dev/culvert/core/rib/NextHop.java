package dev.culvert.core.rib;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/** Where a route sends its packets. */
public sealed interface NextHop {
  /** Out of an interface; {@code gateway} is null on point-to-point interfaces such as st0.N. */
  record Via(InterfaceName out, @Nullable IpAddress gateway) implements NextHop {}

  /** To be resolved through another route, as BGP and static address next hops are. */
  record Recursive(IpAddress address) implements NextHop {}

  /** An address of this router: delivered to it, never put into the kernel by us. */
  record Local(InterfaceName owner) implements NextHop {}

  /** Dropped silently. */
  record Discard() implements NextHop {}

  /** Dropped with an ICMP unreachable to the sender. */
  record Reject() implements NextHop {}
}
