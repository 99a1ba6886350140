package dev.culvert.tun.netlink;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.rib.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which index belongs to which interface, kept by dumps and notifications. */
final class InterfaceTable {
  private final TreeMap<Integer, InterfaceName> byIndex = new TreeMap<>();
  private final TreeMap<InterfaceName, Integer> byName = new TreeMap<>();

  void clear() {
    byIndex.clear();
    byName.clear();
  }

  void put(KernelLink link) {
    remove(link.index());
    Integer stale = byName.put(link.name(), link.index());
    if (stale != null) {
      byIndex.remove(stale);
    }
    byIndex.put(link.index(), link.name());
  }

  void remove(int index) {
    InterfaceName name = byIndex.remove(index);
    if (name != null) {
      byName.remove(name);
    }
  }

  /** 0 if there is no such device. */
  int index(InterfaceName name) {
    return byName.getOrDefault(name, 0);
  }

  /** The interface of that index, or one named after the number if it has just gone. */
  InterfaceName name(int index) {
    InterfaceName name = byIndex.get(index);
    return name != null ? name : new InterfaceName("index" + index, 0);
  }

  /**
   * The route with names for indexes, of whatever type, or null for one of another table: that is
   * no concern of ours.
   */
  @Nullable KernelRoute route(RouteMessage message) {
    if (message.table() != RouteMessage.MAIN_TABLE) {
      return null;
    }
    FibEntry.Kind kind = message.kind();
    List<FibEntry.Hop> hops = new ArrayList<>();
    // IPv6 shows a blackhole as going out of the loopback device.
    if (kind == FibEntry.Kind.UNICAST) {
      message.hops().forEach(hop -> hops.add(new FibEntry.Hop(name(hop.index()), hop.gateway())));
    }
    return new KernelRoute(
        new FibEntry(TableId.of(message.prefix().family()), message.prefix(), kind, hops),
        message.protocol(),
        message.metric());
  }
}
