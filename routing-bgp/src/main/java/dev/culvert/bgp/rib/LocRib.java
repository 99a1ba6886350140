package dev.culvert.bgp.rib;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The accepted paths of every prefix and the decision between them. Changes gather until {@link
 * #decide}, which tells the routing table exactly what differs from what it was told before.
 */
public final class LocRib {
  private final NextHopTable nextHops;
  private final DetailCache details = new DetailCache();
  private final PrefixMap<List<Path>> destinations = new PrefixMap<>();
  private Set<Ipv4Prefix> undecided = new LinkedHashSet<>();

  public LocRib(NextHopTable nextHops) {
    this.nextHops = nextHops;
  }

  /**
   * Installs the peer's path for the prefix; returns whether it replaces one. Attributes are
   * interned, and a path like the one before is left alone.
   */
  @SuppressWarnings("ReferenceEquality")
  public boolean put(
      Ipv4Prefix prefix, PathSource source, PathAttributes attributes, long preference, long tag) {
    Ipv4Address address = attributes.nextHop();
    if (address == null) {
      throw new IllegalArgumentException("a path needs a next hop");
    }
    Path before = find(prefix, source.peer());
    if (before != null
        && before.attributes() == attributes
        && before.preference() == preference
        && before.tag() == tag
        && before.source().equals(source)) {
      return true;
    }
    Path path = new Path(source, attributes, preference, tag, nextHops.acquire(address));
    if (before != null) {
      path.published(before.published());
      nextHops.release(before.nextHop());
    }
    replace(prefix, before, path);
    undecided.add(prefix);
    return before != null;
  }

  /** Returns whether there was such a path; its withdrawal goes out with {@link #decide}. */
  public boolean remove(Ipv4Prefix prefix, IpAddress peer, Consumer<RouteUpdate> updates) {
    Path path = find(prefix, peer);
    if (path == null) {
      return false;
    }
    replace(prefix, path, null);
    nextHops.release(path.nextHop());
    if (path.published() != null) {
      updates.accept(new RouteUpdate.Withdraw(TableId.INET, prefix, path.source().routeSource()));
    }
    undecided.add(prefix);
    return true;
  }

  /** The next hop resolves differently: every prefix that uses it is to be decided again. */
  public void nextHopChanged(TrackedNextHop nextHop) {
    undecided.addAll(nextHop.users());
  }

  /**
   * Runs the decision process where something changed.
   *
   * @param reexport prefixes whose attributes changed in a way the routing table cannot see
   */
  public void decide(Consumer<RouteUpdate> updates, Consumer<Ipv4Prefix> reexport) {
    Set<Ipv4Prefix> work = undecided;
    undecided = new LinkedHashSet<>();
    for (Ipv4Prefix prefix : work) {
      decide(prefix, updates, reexport);
    }
  }

  private void decide(
      Ipv4Prefix prefix, Consumer<RouteUpdate> updates, Consumer<Ipv4Prefix> reexport) {
    int rank = 0;
    for (DecisionProcess.Ranked ranked : DecisionProcess.rank(paths(prefix))) {
      publish(prefix, ranked.path(), rank++, ranked.lostAt(), updates, reexport);
    }
    for (Path path : unresolved(prefix)) {
      publish(prefix, path, rank++, null, updates, reexport);
    }
  }

  /**
   * Paths that take no part in the decision, in a stable order. The routing table has them all the
   * same: it shows them hidden, and what it is offered does not depend on what it resolves.
   */
  private List<Path> unresolved(Ipv4Prefix prefix) {
    return paths(prefix).stream()
        .filter(path -> path.nextHop().isTold() && !path.nextHop().isResolved())
        .sorted(Comparator.comparing(path -> path.source().peer()))
        .toList();
  }

  private void publish(
      Ipv4Prefix prefix,
      Path path,
      int rank,
      @Nullable DecisionStep lostAt,
      Consumer<RouteUpdate> updates,
      Consumer<Ipv4Prefix> reexport) {
    Route route = route(prefix, path, rank, lostAt);
    if (route.equals(path.published())) {
      reexport.accept(prefix);
    } else {
      path.published(route);
      updates.accept(new RouteUpdate.Announce(TableId.INET, route));
    }
  }

  private Route route(Ipv4Prefix prefix, Path path, int rank, @Nullable DecisionStep lostAt) {
    RouteDetail.Bgp detail = details.of(path, lostAt);
    return new Route(
        prefix,
        path.source().routeSource(),
        path.preference(),
        path.attributes().medOrLowest(),
        rank,
        List.of(new NextHop.Recursive(path.nextHop().address())),
        detail);
  }

  /** The peer's path for the prefix, if it was accepted. */
  public @Nullable Path find(Ipv4Prefix prefix, IpAddress peer) {
    for (Path path : paths(prefix)) {
      if (path.source().peer().equals(peer)) {
        return path;
      }
    }
    return null;
  }

  private List<Path> paths(Ipv4Prefix prefix) {
    List<Path> paths = destinations.get(prefix);
    return paths == null ? List.of() : paths;
  }

  /** Lists are immutable: most prefixes have one path, and a list of one is small. */
  private void replace(Ipv4Prefix prefix, @Nullable Path before, @Nullable Path after) {
    List<Path> changed = new ArrayList<>(paths(prefix));
    if (before != null) {
      changed.remove(before);
    }
    if (after != null) {
      changed.add(after);
    }
    if (before != null && changed.stream().noneMatch(p -> p.nextHop() == before.nextHop())) {
      before.nextHop().unusedBy(prefix);
    }
    if (after != null) {
      after.nextHop().usedBy(prefix);
    }
    if (changed.isEmpty()) {
      destinations.remove(prefix);
    } else {
      destinations.put(prefix, List.copyOf(changed));
    }
  }

  public int size() {
    return destinations.size();
  }
}
