package dev.culvert.core.fib;

import dev.culvert.core.fib.FibEntry.Hop;
import dev.culvert.core.fib.FibEntry.Kind;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.ActiveRoute;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** From the RIB's words to the kernel's. */
final class FibEntries {
  private FibEntries() {}

  /** The kernel route of an active route; null for those the kernel makes of addresses itself. */
  static @Nullable FibEntry of(TableId table, ActiveRoute active) {
    RouteProtocol protocol = active.route().protocol();
    if (protocol == RouteProtocol.DIRECT || protocol == RouteProtocol.LOCAL) {
      return null;
    }
    SequencedSet<Hop> hops = new LinkedHashSet<>();
    boolean discards = false;
    boolean rejects = false;
    for (NextHop nextHop : active.resolved()) {
      switch (nextHop) {
        case NextHop.Via(InterfaceName out, IpAddress gateway) -> hops.add(new Hop(out, gateway));
        case NextHop.Discard d -> discards = true;
        case NextHop.Reject r -> rejects = true;
        case NextHop.Local l -> {}
        case NextHop.Recursive r -> throw new IllegalStateException("not resolved: " + active);
      }
    }
    // The kernel cannot balance between forwarding and dropping: what can be forwarded is.
    if (!hops.isEmpty()) {
      return new FibEntry(table, active.prefix(), Kind.UNICAST, List.copyOf(hops));
    }
    if (discards) {
      return new FibEntry(table, active.prefix(), Kind.BLACKHOLE, List.of());
    }
    return rejects ? new FibEntry(table, active.prefix(), Kind.UNREACHABLE, List.of()) : null;
  }
}
