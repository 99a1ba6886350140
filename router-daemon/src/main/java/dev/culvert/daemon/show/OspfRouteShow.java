package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteEntry;
import java.util.List;

/** {@code show ospf route}: what OSPF has put into the routing table, active or not. */
public final class OspfRouteShow {
  private OspfRouteShow() {}

  /**
   * @param entries of any protocols; OSPF's are picked out
   */
  public static Page page(List<RouteEntry> entries) {
    Page page = new Page("ospf-route-information");
    page.line("Topology default Route Table:");
    page.blank();
    page.line("Prefix             Path  Route      NH       Metric NextHop       Nexthop");
    page.line("                   Type  Type       Type            Interface     Address/LSP");
    for (RouteEntry entry : entries) {
      for (RouteEntry.Candidate candidate : entry.candidates()) {
        if (candidate.route().detail() instanceof RouteDetail.Ospf ospf) {
          route(page, candidate.route(), pathType(ospf.pathType()));
        }
      }
    }
    return page;
  }

  private static String pathType(RouteDetail.OspfPathType type) {
    return switch (type) {
      case INTRA_AREA -> "Intra";
      case INTER_AREA -> "Inter";
      case TYPE_1_EXTERNAL -> "Ext1";
      case TYPE_2_EXTERNAL -> "Ext2";
    };
  }

  private static void route(Page page, Route route, String pathType) {
    String head =
        String.format(
            "%-18s %-5s %-10s %-4s %10d",
            route.prefix(), pathType, "Network", "IP", route.metric());
    Element.Builder entry =
        Element.builder("ospf-route-entry")
            .leaf("address-prefix", route.prefix().toString())
            .leaf("route-path-type", pathType)
            .leaf("route-type", "Network")
            .leaf("next-hop-type", "IP")
            .leaf("interface-cost", route.metric());
    for (NextHop hop : route.nextHops()) {
      if (hop instanceof NextHop.Via via) {
        String gateway = via.gateway() == null ? "" : via.gateway().toString();
        page.line("%s %-13s %s", head, via.out(), gateway);
        Element.Builder next = Element.builder("ospf-next-hop");
        next.child(Element.builder("next-hop-name").leaf("interface-name", via.out().toString()));
        if (!gateway.isEmpty()) {
          next.child(Element.builder("next-hop-address").leaf("interface-address", gateway));
        }
        entry.child(next);
        head = " ".repeat(head.length());
      }
    }
    page.element(Element.builder("ospf-route").child(entry));
  }
}
