package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.statics.RoutingOptionsConfig;
import dev.culvert.daemon.show.ForwardingTableShow;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.RouteShow;
import dev.culvert.daemon.show.RouteSummaryShow;
import dev.culvert.daemon.show.RouterState;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Commands about routing tables. */
record RouteCommands(RouterState router) {
  List<Command> table() {
    return List.of(
        Command.show("route", "Routing tables", RouteQuery.OPTIONS, this::route),
        Command.show(
            "route summary",
            "Routes of each table, by protocol",
            List.of(),
            c -> c.page(summary())),
        Command.show(
            "route forwarding-table",
            "Routes given to the kernel",
            List.of(),
            c -> c.page(ForwardingTableShow.page(router::forwardingTable, router::refusedRoutes))));
  }

  private @Nullable String route(Call call) {
    return switch (RouteQuery.of(call.arguments())) {
      case RouteQuery.Fault(String text) -> text;
      case RouteQuery.Asked asked -> route(call, asked);
    };
  }

  private @Nullable String route(Call call, RouteQuery.Asked asked) {
    if (call.elements()) {
      call.answer().open(Element.empty("route-information"));
    }
    RouteShow show = new RouteShow(call.answer(), call.elements(), asked.depth(), router.now());
    for (AddressFamily family : AddressFamily.values()) {
      if (asked.concerns(family) && !call.cancelled().getAsBoolean()) {
        show.table(router.routeCounts(family), asked.of(entries(family, asked)));
      }
    }
    if (call.elements()) {
      call.answer().close();
    }
    return null;
  }

  private List<RouteEntry> entries(AddressFamily family, RouteQuery.Asked asked) {
    IpAddress address = asked.address();
    if (address != null) {
      RouteEntry longest = router.routeTo(address);
      return longest == null ? List.of() : List.of(longest);
    }
    IpPrefix prefix = asked.prefix();
    return switch (asked.match()) {
      case WITHIN -> router.routes(family, prefix);
      case EXACT ->
          router.routesCovering(Objects.requireNonNull(prefix)).stream()
              .filter(e -> e.prefix().equals(prefix))
              .toList();
      case BEST -> router.routesCovering(Objects.requireNonNull(prefix)).stream().limit(1).toList();
    };
  }

  private Page summary() {
    RoutingOptionsConfig options = router.configuration().routing();
    RouterId routerId =
        options.routerId() == null ? router.ospfOverview().routerId() : options.routerId();
    return RouteSummaryShow.page(
        options.autonomousSystem(),
        routerId,
        Arrays.stream(AddressFamily.values()).map(router::routeCounts).toList());
  }
}
