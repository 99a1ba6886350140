package dev.culvert.testbed;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibKey;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The main table of a kernel, with Linux' own idea of adding and replacing: routes are told apart
 * by prefix and metric, whosoever they are; of one prefix the lowest metric is used, of one metric
 * the first.
 */
public final class SimulatedRoutes {
  /** By metric, and those of one metric in their order; never empty. */
  private final SortedMap<IpPrefix, List<KernelRoute>> routes = new TreeMap<>();

  private Consumer<KernelRouteChange> monitor = change -> {};

  /** Who hears of what others do here; of what the router itself asks for, nobody need be told. */
  void setMonitor(Consumer<KernelRouteChange> listener) {
    monitor = listener;
  }

  // --- The router --------------------------------------------------------------------------------

  /**
   * As netlink would.
   *
   * @return 0 or the error number
   */
  int apply(FibOperation operation) {
    return switch (operation) {
      case FibOperation.Install install -> {
        KernelRoute route =
            new KernelRoute(install.entry(), RouteProtocolNumber.CULVERT, install.metric());
        KernelRoute first = first(route);
        if (first != null && !install.inPlace()) {
          yield FibResult.EEXIST;
        }
        put(route, first);
        yield 0;
      }
      case FibOperation.Remove remove -> {
        List<KernelRoute> all = routes.getOrDefault(remove.key().prefix(), List.of());
        KernelRoute ours =
            all.stream()
                .filter(r -> r.isOurs() && r.metric() == remove.metric())
                .findFirst()
                .orElse(null);
        if (ours == null) {
          yield FibResult.ESRCH;
        }
        take(ours);
        yield 0;
      }
    };
  }

  /** A unicast route as somebody writes it, by a gateway or (null) to the device itself. */
  public static KernelRoute route(
      int protocol, int metric, String prefix, String out, @Nullable String gateway) {
    IpPrefix to = IpPrefix.parse(prefix).orElseThrow();
    IpAddress via = gateway == null ? null : IpAddress.parse(gateway).orElseThrow();
    FibEntry.Hop hop = new FibEntry.Hop(InterfaceName.of(out), via);
    return new KernelRoute(
        new FibEntry(TableId.of(to.family()), to, FibEntry.Kind.UNICAST, List.of(hop)),
        protocol,
        metric);
  }

  // --- Others ------------------------------------------------------------------------------------

  /** {@code ip route add}; false if there is one with that prefix and metric. */
  public boolean add(KernelRoute route) {
    if (first(route) != null) {
      return false;
    }
    put(route, null);
    monitor.accept(new KernelRouteChange.Added(route, false));
    return true;
  }

  /** {@code ip route replace}: whosever it is that stands there. */
  public void replace(KernelRoute route) {
    put(route, first(route));
    monitor.accept(new KernelRouteChange.Added(route, true));
  }

  /** {@code ip route prepend}. */
  public void prepend(KernelRoute route) {
    List<KernelRoute> all = routes.computeIfAbsent(route.key().prefix(), p -> new ArrayList<>());
    int at = 0;
    while (at < all.size() && all.get(at).metric() < route.metric()) {
      at++;
    }
    all.add(at, route);
    monitor.accept(new KernelRouteChange.Added(route, false));
  }

  /** {@code ip route delete}; false if there is none like that. */
  public boolean remove(KernelRoute route) {
    if (!take(route)) {
      return false;
    }
    monitor.accept(new KernelRouteChange.Removed(route));
    return true;
  }

  /** As {@link #remove}, and the news of it is lost. */
  public void removeSilently(KernelRoute route) {
    take(route);
  }

  /** The kernel drops routes of a device that goes down or away, without a word. */
  void flush(InterfaceName device) {
    for (KernelRoute route : all()) {
      if (route.entry().nextHops().stream().anyMatch(hop -> hop.out().equals(device))) {
        take(route);
      }
    }
  }

  // --- What is there -----------------------------------------------------------------------------

  /** All of them, in the order in which the kernel lists them. */
  public List<KernelRoute> all() {
    return routes.values().stream().flatMap(List::stream).toList();
  }

  /** What the router has put there. */
  public List<FibEntry> ours() {
    return all().stream().filter(KernelRoute::isOurs).map(KernelRoute::entry).toList();
  }

  /** The one in use. */
  public @Nullable FibEntry best(IpPrefix prefix) {
    List<KernelRoute> all = routes.get(prefix);
    return all == null ? null : all.getFirst().entry();
  }

  /** The route that stands first where that one would: of its prefix and metric. */
  public @Nullable KernelRoute first(KernelRoute like) {
    FibKey key = like.key();
    return routes.getOrDefault(key.prefix(), List.of()).stream()
        .filter(r -> r.metric() == like.metric())
        .findFirst()
        .orElse(null);
  }

  private void put(KernelRoute route, @Nullable KernelRoute instead) {
    List<KernelRoute> all = routes.computeIfAbsent(route.key().prefix(), p -> new ArrayList<>());
    if (instead != null) {
      all.set(all.indexOf(instead), route);
      return;
    }
    int at = 0;
    while (at < all.size() && all.get(at).metric() <= route.metric()) {
      at++;
    }
    all.add(at, route);
  }

  private boolean take(KernelRoute route) {
    List<KernelRoute> all = routes.get(route.key().prefix());
    if (all == null || !all.remove(route)) {
      return false;
    }
    if (all.isEmpty()) {
      routes.remove(route.key().prefix());
    }
    return true;
  }
}
