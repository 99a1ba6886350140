package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.TableId;
import dev.culvert.daemon.show.ForwardingTableShow;
import dev.culvert.daemon.show.InterfacesShow;
import dev.culvert.daemon.show.RouteShow;
import dev.culvert.daemon.show.RouterState;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Commands about routing tables and interfaces. */
record RouteCommands(RouterState router) {
  List<Command> table() {
    return List.of(
        Command.show(
            "route",
            "Routing tables",
            List.of("<prefix>", "brief", "terse", "detail", "protocol", "table"),
            this::route),
        Command.show(
            "route forwarding-table",
            "Routes given to the kernel",
            List.of(),
            c -> c.page(ForwardingTableShow.page(router::forwardingTable, router::refusedRoutes))),
        Command.show(
            "interfaces terse",
            "State and addresses of interfaces",
            List.of(),
            c ->
                c.page(
                    InterfacesShow.terse(
                        router.interfaces(), router.configuration().interfaces()))));
  }

  private @Nullable String route(Call call) {
    RouteShow.Depth depth = RouteShow.Depth.BRIEF;
    @Nullable String protocol = null;
    @Nullable String table = null;
    @Nullable String destination = null;
    List<String> arguments = call.arguments();
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      switch (word) {
        case "brief" -> depth = RouteShow.Depth.BRIEF;
        case "terse" -> depth = RouteShow.Depth.TERSE;
        case "detail", "extensive" -> depth = RouteShow.Depth.DETAIL;
        case "protocol", "table" -> {
          if (++i == arguments.size()) {
            return "'" + word + "' needs a name";
          }
          if (word.equals("protocol")) {
            protocol = arguments.get(i);
          } else {
            table = arguments.get(i);
          }
        }
        default -> {
          if (destination != null) {
            return "unexpected '" + word + "'";
          }
          destination = word;
        }
      }
    }
    if (protocol != null && !isProtocol(protocol)) {
      return "no such protocol: " + protocol;
    }
    if (table != null && !table.equals("inet.0") && !table.equals("inet6.0")) {
      return "no such table: " + table;
    }
    Optional<IpPrefix> within =
        destination == null ? Optional.empty() : IpPrefix.parse(destination);
    Optional<IpAddress> exactly =
        destination == null ? Optional.empty() : IpAddress.parse(destination);
    if (destination != null && within.isEmpty() && exactly.isEmpty()) {
      return "'" + destination + "' is neither an address nor a prefix";
    }
    if (call.elements()) {
      call.answer().open(Element.empty("route-information"));
    }
    Instant now = router.now();
    RouteShow show = new RouteShow(call.answer(), call.elements(), depth, now);
    for (AddressFamily family : AddressFamily.values()) {
      String name = TableId.of(family).toString();
      boolean asked =
          (table == null || table.equals(name))
              && within.map(p -> p.family() == family).orElse(true)
              && exactly.map(a -> a.family() == family).orElse(true);
      if (asked && !call.cancelled().getAsBoolean()) {
        List<RouteEntry> entries =
            exactly
                .map(a -> Stream.ofNullable(router.routeTo(a)).toList())
                .orElseGet(() -> router.routes(family, within.orElse(null)));
        show.table(router.routeCounts(family), ofProtocol(entries, protocol));
      }
    }
    if (call.elements()) {
      call.answer().close();
    }
    return null;
  }

  private static boolean isProtocol(String name) {
    return Arrays.stream(RouteProtocol.values())
        .anyMatch(p -> p.junosName().equalsIgnoreCase(name));
  }

  private static List<RouteEntry> ofProtocol(List<RouteEntry> entries, @Nullable String protocol) {
    if (protocol == null) {
      return entries;
    }
    return entries.stream()
        .map(e ->
            new RouteEntry(
                e.prefix(),
                e.candidates().stream()
                    .filter(c -> c.route().protocol().junosName().equalsIgnoreCase(protocol))
                    .toList()))
        .filter(e -> !e.candidates().isEmpty())
        .toList();
  }
}
