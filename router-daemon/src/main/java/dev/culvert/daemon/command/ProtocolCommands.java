package dev.culvert.daemon.command;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.daemon.show.BfdShow;
import dev.culvert.daemon.show.BgpShow;
import dev.culvert.daemon.show.OspfRouteShow;
import dev.culvert.daemon.show.OspfShow;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.RpmShow;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Commands about the routing protocols, BFD and the tests of paths. */
record ProtocolCommands(RouterState router) {
  List<Command> table() {
    return List.of(
        Command.show(
            "ospf neighbor",
            "OSPF neighbors",
            List.of("detail", "extensive"),
            c -> c.page(OspfShow.neighbors(router.ospfNeighbors(), inDetail(c)))),
        Command.show(
            "ospf interface",
            "OSPF interfaces",
            List.of("detail", "extensive"),
            c -> c.page(OspfShow.interfaces(router.ospfInterfaces(), inDetail(c)))),
        Command.show(
            "ospf route",
            "OSPF routes",
            List.of(),
            c -> c.page(OspfRouteShow.page(router.routes(AddressFamily.INET, null)))),
        Command.show(
            "ospf database",
            "Link-state database",
            List.of(),
            c -> c.page(OspfShow.database(router.ospfDatabase()))),
        Command.show(
            "ospf overview",
            "OSPF instance",
            List.of(),
            c -> c.page(OspfShow.overview(router.ospfOverview()))),
        Command.show(
            "ospf statistics",
            "OSPF packet counters",
            List.of(),
            c -> c.page(OspfShow.statistics(router.ospfStatistics()))),
        Command.show(
            "bgp summary",
            "BGP peers, a line each",
            List.of(),
            c -> c.page(BgpShow.summary(router.bgpSummary(), router.now()))),
        Command.show("bgp neighbor", "BGP peers in detail", List.of("<peer>"), this::bgpNeighbor),
        Command.show(
            "route receive-protocol bgp",
            "Routes a peer sent",
            List.of("<peer>"),
            c -> peerRoutes(c, true)),
        Command.show(
            "route advertising-protocol bgp",
            "Routes sent to a peer",
            List.of("<peer>"),
            c -> peerRoutes(c, false)),
        Command.show(
            "services rpm probe-results",
            "Tests of services rpm, and what they have found",
            List.of(),
            c -> c.page(RpmShow.probeResults(router.rpmResults()))),
        Command.show(
            "services ip-monitoring status",
            "Policies of services ip-monitoring, and their routes",
            List.of(),
            c -> c.page(RpmShow.ipMonitoring(router.ipMonitoring(), router.rpmResults()))),
        Command.change(
            "clear bgp neighbor", "Reset BGP sessions", List.of("<peer>", "soft"), this::clearBgp),
        Command.show(
            "bfd session",
            "BFD sessions",
            List.of("detail", "extensive"),
            c ->
                c.page(
                    BfdShow.sessions(
                        router.bfdSessions(),
                        s -> router.bfdClients(s.targets()),
                        inDetail(c),
                        router.now()))));
  }

  /** There is no more to tell than {@code detail} does. */
  private static boolean inDetail(Call call) {
    return call.has("detail") || call.has("extensive");
  }

  private @Nullable String peerRoutes(Call call, boolean received) {
    Optional<IpAddress> peer = call.address();
    if (peer.isEmpty() || call.arguments().size() != 1) {
      return "name the peer by its address";
    }
    if (!isNeighbor(peer.get())) {
      return "no such neighbor: " + peer.get();
    }
    return call.page(
        BgpShow.peerRoutes(
            received ? router.bgpReceived(peer.get()) : router.bgpAdvertised(peer.get())));
  }

  private boolean isNeighbor(IpAddress address) {
    return router.bgpNeighbors().stream().anyMatch(n -> n.address().equals(address));
  }

  private @Nullable String bgpNeighbor(Call call) {
    List<BgpNeighbor> neighbors = router.bgpNeighbors();
    if (!call.arguments().isEmpty()) {
      Optional<IpAddress> asked = call.address();
      if (asked.isEmpty() || call.arguments().size() != 1) {
        return "name the peer by its address";
      }
      neighbors = neighbors.stream().filter(n -> n.address().equals(asked.get())).toList();
      if (neighbors.isEmpty()) {
        return "no such neighbor: " + asked.get();
      }
    }
    return call.page(BgpShow.neighbors(neighbors, router.now()));
  }

  private @Nullable String clearBgp(Call call) {
    List<String> named = call.arguments().stream().filter(w -> !w.equals("soft")).toList();
    Optional<IpAddress> peer = call.address();
    if (named.size() > 1 || (peer.isEmpty() && !named.isEmpty())) {
      return "name the peer by its address";
    }
    if (peer.isPresent() && !isNeighbor(peer.get())) {
      return "no such neighbor: " + peer.get();
    }
    router.clearBgp(peer.orElse(null), call.has("soft"));
    return null;
  }
}
