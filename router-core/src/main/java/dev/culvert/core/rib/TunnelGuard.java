package dev.culvert.core.rib;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.Destination.Candidate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a tunnel's own outer packets out of that tunnel, directly or around a ring of tunnels, by
 * hiding the routes that would lead them there.
 *
 * <p>Tunnels are looked at in the order of their names; each takes the best route to its far end
 * that does not come back to it through those before. Whenever a route to a far end is touched the
 * vetoes are lifted and found again from nothing: they depend on what is offered, never on what was
 * hidden before, and so cannot alternate.
 */
final class TunnelGuard {
  private record Veto(RoutingTable table, Destination destination, Candidate candidate) {}

  private final RoutingTable inet;
  private final RoutingTable inet6;
  private final SortedMap<InterfaceName, SortedSet<IpAddress>> outerRemotes = new TreeMap<>();

  /** The far ends of all tunnels, and of how many tunnels each is one. */
  private final NavigableMap<IpAddress, Integer> farEnds = new TreeMap<>();

  private final List<Veto> vetoes = new ArrayList<>();

  /** Some far end is reached through a tunnel: without that there is no ring. */
  private boolean tunnelsCarryTunnels;

  TunnelGuard(RoutingTable inet, RoutingTable inet6) {
    this.inet = inet;
    this.inet6 = inet6;
  }

  void setTunnels(SortedMap<InterfaceName, SortedSet<IpAddress>> tunnels) {
    outerRemotes.clear();
    farEnds.clear();
    tunnels.forEach(this::put);
  }

  /**
   * The far ends of one tunnel, whatever they were.
   *
   * @return false if this cannot make any difference to the vetoes
   */
  boolean setTunnel(InterfaceName tunnel, SortedSet<IpAddress> remotes) {
    SortedSet<IpAddress> before = outerRemotes.remove(tunnel);
    if (before != null) {
      before.forEach(outer -> farEnds.computeIfPresent(outer, (o, n) -> n == 1 ? null : n - 1));
    }
    if (!remotes.isEmpty()) {
      put(tunnel, remotes);
    }
    return !vetoes.isEmpty()
        || tunnelsCarryTunnels
        || remotes.stream().anyMatch(this::isCarriedByTunnel);
  }

  private void put(InterfaceName tunnel, SortedSet<IpAddress> remotes) {
    outerRemotes.put(tunnel, remotes);
    remotes.forEach(outer -> farEnds.merge(outer, 1, Integer::sum));
  }

  /** Of any tunnel, whether its own far ends are known or not. */
  private boolean isCarriedByTunnel(IpAddress outer) {
    Destination carrier = table(outer).carrierOf(outer);
    Candidate best = carrier == null ? null : carrier.best;
    return best != null
        && best.resolved.stream()
            .anyMatch(hop -> hop instanceof NextHop.Via via && via.out().isSecureTunnel());
  }

  /** Brings the vetoes in line with settled tables, and settles them again. */
  void enforce(boolean tunnelsChanged) {
    NavigableSet<IpAddress> watched = farEnds.navigableKeySet();
    if (!tunnelsChanged && !inet.hasTouchedAny(watched) && !inet6.hasTouchedAny(watched)) {
      return;
    }
    for (Veto veto : vetoes) {
      veto.table().setRecursionReason(veto.destination(), veto.candidate(), null);
    }
    vetoes.clear();
    settle();
    // Each round hides one more candidate, so the rounds end.
    while (hideFirstRecursion()) {
      settle();
    }
    tunnelsCarryTunnels = watched.stream().anyMatch(this::isCarriedByTunnel);
  }

  private boolean hideFirstRecursion() {
    SortedMap<InterfaceName, SortedSet<InterfaceName>> carriers = new TreeMap<>();
    for (var tunnel : outerRemotes.entrySet()) {
      for (IpAddress outer : tunnel.getValue()) {
        if (hidesRecursion(tunnel.getKey(), outer, carriers)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean hidesRecursion(
      InterfaceName tunnel,
      IpAddress outer,
      SortedMap<InterfaceName, SortedSet<InterfaceName>> carriers) {
    RoutingTable table = table(outer);
    Destination carrier = table.carrierOf(outer);
    Candidate best = carrier == null ? null : carrier.best;
    if (carrier == null || best == null) {
      return false;
    }
    SortedSet<InterfaceName> through = tunnelsOf(best);
    List<InterfaceName> ring = ring(tunnel, through, carriers);
    if (ring != null) {
      table.setRecursionReason(carrier, best, reason(tunnel, outer, ring));
      vetoes.add(new Veto(table, carrier, best));
      return true;
    }
    carriers.computeIfAbsent(tunnel, t -> new TreeSet<>()).addAll(through);
    return false;
  }

  private SortedSet<InterfaceName> tunnelsOf(Candidate candidate) {
    SortedSet<InterfaceName> tunnels = new TreeSet<>();
    for (NextHop nextHop : candidate.resolved) {
      if (nextHop instanceof NextHop.Via via && outerRemotes.containsKey(via.out())) {
        tunnels.add(via.out());
      }
    }
    return tunnels;
  }

  /** The tunnels a packet would go through until it enters {@code tunnel}, or null if never. */
  private static @Nullable List<InterfaceName> ring(
      InterfaceName tunnel,
      SortedSet<InterfaceName> through,
      SortedMap<InterfaceName, SortedSet<InterfaceName>> carriers) {
    SortedMap<InterfaceName, List<InterfaceName>> pathTo = new TreeMap<>();
    Deque<InterfaceName> open = new ArrayDeque<>();
    for (InterfaceName first : through) {
      pathTo.put(first, List.of(first));
      open.add(first);
    }
    while (!open.isEmpty()) {
      InterfaceName current = open.remove();
      List<InterfaceName> path = pathTo.getOrDefault(current, List.of());
      if (current.equals(tunnel)) {
        return path;
      }
      for (InterfaceName next : carriers.getOrDefault(current, new TreeSet<>())) {
        if (!pathTo.containsKey(next)) {
          List<InterfaceName> longer = new ArrayList<>(path);
          longer.add(next);
          pathTo.put(next, longer);
          open.add(next);
        }
      }
    }
    return null;
  }

  private static String reason(InterfaceName tunnel, IpAddress outer, List<InterfaceName> ring) {
    StringBuilder text = new StringBuilder("tunnel-recursion: ");
    text.append(tunnel).append(" outer ").append(outer).append(" would be routed into ");
    for (int i = 0; i < ring.size(); i++) {
      text.append(i == 0 ? "" : ", then ").append(ring.get(i));
    }
    return text.toString();
  }

  private void settle() {
    inet.settle();
    inet6.settle();
  }

  private RoutingTable table(IpAddress address) {
    return address.family() == AddressFamily.INET ? inet : inet6;
  }
}
