package dev.culvert.core.rib;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * The routing tables inet.0 and inet6.0 of one router: routes and interface states go in, changes
 * of active routes come out. Both families stand together because a tunnel of one may carry the
 * other.
 *
 * <p>Its state is a function of what it was told last, not of the order in which it was told.
 * Confined to the routing thread.
 */
public final class RoutingTables {
  private final InterfaceTable interfaces = new InterfaceTable();
  private final RoutingTable inet = new RoutingTable(AddressFamily.INET, interfaces);
  private final RoutingTable inet6 = new RoutingTable(AddressFamily.INET6, interfaces);
  private final TunnelGuard guard = new TunnelGuard(inet, inet6);

  public RoutingTable table(AddressFamily family) {
    return family == AddressFamily.INET ? inet : inet6;
  }

  /** Applies all updates as one change; the deltas hold each prefix at most once. */
  public List<RibDelta> apply(List<RouteUpdate> updates, Instant now) {
    for (RouteUpdate update : updates) {
      table(update.prefix().family()).mutate(update, now);
    }
    return settle(false, now);
  }

  /**
   * Takes the state of every interface; one that is not listed does not exist. Direct and local
   * routes follow the addresses of those that are up.
   */
  public List<RibDelta> interfacesChanged(List<InterfaceState> states, Instant now) {
    for (InterfaceName changed : interfaces.replace(states)) {
      inet.interfaceTouched(changed);
      inet6.interfaceTouched(changed);
    }
    return apply(interfaces.routeUpdates(), now);
  }

  /**
   * Takes the outer addresses of every tunnel's far end, by tunnel interface: where the peer is,
   * and where it is called if that differs.
   */
  public List<RibDelta> tunnelsChanged(
      SortedMap<InterfaceName, SortedSet<IpAddress>> outerRemotes, Instant now) {
    guard.setTunnels(outerRemotes);
    return settle(true, now);
  }

  /** Longest match in the table of the address's family. */
  public @Nullable ActiveRoute lookup(IpAddress address) {
    return table(address.family()).lookup(address);
  }

  /** Watches an address; each call is to be undone by one {@link #untrackNextHop}. */
  public @Nullable ResolvedNextHop trackNextHop(IpAddress address) {
    return table(address.family()).trackNextHop(address);
  }

  public void untrackNextHop(IpAddress address) {
    table(address.family()).untrackNextHop(address);
  }

  /** What changed for tracked next hops since the last call. */
  public List<NextHopChange> takeNextHopChanges() {
    List<NextHopChange> changes = new ArrayList<>(inet.takeNextHopChanges());
    changes.addAll(inet6.takeNextHopChanges());
    return changes;
  }

  private List<RibDelta> settle(boolean tunnelsChanged, Instant now) {
    inet.settle();
    inet6.settle();
    guard.enforce(tunnelsChanged);
    List<RibDelta> deltas = new ArrayList<>(inet.finish(now));
    deltas.addAll(inet6.finish(now));
    return deltas;
  }
}
