package dev.culvert.core.rib;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The routing tables of one router: routes and interface states go in, changes of active routes
 * come out. A routing instance has a table for each family, made when it is first spoken of; both
 * stand together because a tunnel of one family may carry the other. Next hops resolve, and tunnels
 * are guarded, inside an instance.
 *
 * <p>Its state is a function of what it was told last, not of the order in which it was told.
 * Confined to the routing thread.
 */
public final class RoutingTables {
  private final InterfaceTable interfaces = new InterfaceTable();
  private final SortedMap<TableId, RoutingTable> tables = new TreeMap<>();
  private final SortedMap<String, TunnelGuard> guards = new TreeMap<>();

  public RoutingTables() {
    table(TableId.INET);
    table(TableId.INET6);
  }

  /** The table of that name; the first time one is spoken of it is made, empty. */
  public RoutingTable table(TableId id) {
    RoutingTable table = tables.get(id);
    if (table == null) {
      table = new RoutingTable(id, interfaces);
      tables.put(id, table);
    }
    return table;
  }

  private TunnelGuard guard(String instance) {
    return guards.computeIfAbsent(
        instance,
        name ->
            new TunnelGuard(
                table(new TableId(name, AddressFamily.INET)),
                table(new TableId(name, AddressFamily.INET6))));
  }

  /** Every table there is: those of the master instance first, the others by name. */
  public List<RoutingTable> tables() {
    return List.copyOf(tables.values());
  }

  /** Applies all updates as one change; the deltas hold each prefix of a table at most once. */
  public List<RibDelta> apply(List<RouteUpdate> updates, Instant now) {
    for (RouteUpdate update : updates) {
      table(update.table()).mutate(update, now);
    }
    return settle(null, now);
  }

  /**
   * Takes what has become of interfaces. Direct and local routes follow the addresses of those that
   * are up.
   */
  public List<RibDelta> interfacesChanged(InterfaceChanges changes, Instant now) {
    InterfaceTable.Changed changed = interfaces.apply(changes);
    for (RoutingTable table : tables.values()) {
      changed.interfaces().forEach(table::interfaceTouched);
      changed.addresses().forEach(table::ownAddressTouched);
    }
    return apply(interfaces.routeUpdates(changed.interfaces()), now);
  }

  /**
   * Takes the outer addresses of every tunnel's far end, by tunnel interface: where the peer is,
   * and where it is called if that differs.
   *
   * @param instance the routing instance that carries the tunnels' outer packets
   */
  public List<RibDelta> tunnelsChanged(
      String instance, SortedMap<InterfaceName, SortedSet<IpAddress>> outerRemotes, Instant now) {
    guard(instance).setTunnels(outerRemotes);
    return settle(instance, now);
  }

  /**
   * The same of one tunnel, while those of the others stay.
   *
   * @param outerRemotes empty where nothing is known
   */
  public List<RibDelta> tunnelChanged(
      String instance, InterfaceName tunnel, SortedSet<IpAddress> outerRemotes, Instant now) {
    return guard(instance).setTunnel(tunnel, outerRemotes) ? settle(instance, now) : List.of();
  }

  /**
   * Takes the configured martians of every table; one that is not named has the default ones alone.
   * Routes offered before are judged anew.
   */
  public List<RibDelta> martiansChanged(Map<TableId, List<MartianRule>> configured, Instant now) {
    configured.keySet().forEach(this::table);
    tables.forEach((id, table) -> table.setMartians(configured.getOrDefault(id, List.of())));
    return settle(null, now);
  }

  /** Martian routes that were offered since the last call; of many the first. */
  public List<MartianOffer> takeMartianOffers() {
    List<MartianOffer> offers = new ArrayList<>();
    tables.values().forEach(table -> offers.addAll(table.takeMartianOffers()));
    return offers;
  }

  /** Watches an address; each call is to be undone by one {@link #untrackNextHop}. */
  public @Nullable ResolvedNextHop trackNextHop(TableId table, IpAddress address) {
    return table(table).trackNextHop(address);
  }

  public void untrackNextHop(TableId table, IpAddress address) {
    table(table).untrackNextHop(address);
  }

  /** What changed for tracked next hops since the last call. */
  public List<NextHopChange> takeNextHopChanges() {
    List<NextHopChange> changes = new ArrayList<>();
    tables.values().forEach(table -> changes.addAll(table.takeNextHopChanges()));
    return changes;
  }

  /**
   * @param tunnelsChanged the routing instance whose guard has to look again in any case, or null
   */
  private List<RibDelta> settle(@Nullable String tunnelsChanged, Instant now) {
    tables.values().forEach(RoutingTable::settle);
    guards.forEach((instance, guard) -> guard.enforce(instance.equals(tunnelsChanged)));
    List<RibDelta> deltas = new ArrayList<>();
    tables.values().forEach(table -> deltas.addAll(table.finish(now)));
    return deltas;
  }
}
