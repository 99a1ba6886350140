package dev.culvert.daemon.show;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.RouteAnswer;
import dev.culvert.firewall.path.RouteLookup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The router's routing table as walks ask it; why is a text for the operator. */
final class PathRoutes implements RouteLookup {
  private final Collection<InterfaceState> interfaces;
  private final Function<IpAddress, @Nullable RouteEntry> table;

  PathRoutes(
      Collection<InterfaceState> interfaces, Function<IpAddress, @Nullable RouteEntry> table) {
    this.interfaces = interfaces;
    this.table = table;
  }

  @Override
  public RouteAnswer lookup(Flow flow) {
    IpAddress to = flow.destination();
    Optional<InterfaceState> owner = owner(to);
    if (owner.isPresent()) {
      return new RouteAnswer.Local("the router's own address, on " + owner.get().name());
    }
    RouteEntry entry = table.apply(to);
    if (entry == null) {
      return new RouteAnswer.Unreachable("no route");
    }
    for (RouteEntry.Candidate candidate : entry.candidates()) {
      if (candidate.active()) {
        return answer(entry, candidate, to);
      }
    }
    return new RouteAnswer.Unreachable("no route of " + entry.prefix() + " is active");
  }

  private RouteAnswer answer(RouteEntry entry, RouteEntry.Candidate active, IpAddress to) {
    String why = why(entry, active);
    for (NextHop hop : active.resolved()) {
      switch (hop) {
        case NextHop.Via(InterfaceName out, IpAddress gateway) -> {
          String by = (gateway == null ? "" : " to " + gateway) + " via " + out;
          return new RouteAnswer.Out(out, address(out, to), why + by + others(active));
        }
        case NextHop.Local local -> {
          return new RouteAnswer.Local(why);
        }
        case NextHop.Discard discard -> {
          return new RouteAnswer.Unreachable(why + ", which discards");
        }
        case NextHop.Reject reject -> {
          return new RouteAnswer.Unreachable(why + ", which rejects");
        }
        case NextHop.Recursive recursive -> {}
      }
    }
    return new RouteAnswer.Unreachable(why + ", whose next hop does not resolve");
  }

  /** Which route it is, and which ones it was chosen from. */
  private static String why(RouteEntry entry, RouteEntry.Candidate active) {
    List<String> worse = new ArrayList<>();
    for (RouteEntry.Candidate candidate : entry.candidates()) {
      if (!candidate.active()) {
        String hidden = candidate.hiddenReason();
        worse.add(name(candidate.route()) + (hidden == null ? "" : " (hidden: " + hidden + ")"));
      }
    }
    return entry.prefix()
        + " "
        + name(active.route())
        + (worse.isEmpty() ? "" : ", preferred to " + String.join(" and ", worse) + ",");
  }

  private static String name(Route route) {
    return "[" + route.protocol().junosName() + "/" + route.preference() + "]";
  }

  private static String others(RouteEntry.Candidate active) {
    int more = active.resolved().size() - 1;
    return more == 0 ? "" : ", or by one of " + more + " more next hops";
  }

  Optional<InterfaceState> owner(IpAddress address) {
    return interfaces.stream()
        .filter(i -> i.addresses().stream().anyMatch(a -> a.address().equals(address)))
        .findFirst();
  }

  Optional<InterfaceState> state(InterfaceName name) {
    return interfaces.stream().filter(i -> i.name().equals(name)).findFirst();
  }

  private @Nullable IpAddress address(InterfaceName out, IpAddress of) {
    return state(out)
        .flatMap(i -> i.primary(of.family()))
        .map(InterfaceAddress::address)
        .orElse(null);
  }
}
