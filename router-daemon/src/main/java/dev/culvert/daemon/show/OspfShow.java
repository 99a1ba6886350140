package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfOverview;
import dev.culvert.ospf.operational.OspfStatistics;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code show ospf …}. */
public final class OspfShow {
  private OspfShow() {}

  public static Page neighbors(List<OspfNeighborStatus> neighbors, boolean detail) {
    Page page = new Page("ospf-neighbor-information");
    if (!neighbors.isEmpty()) {
      page.line(
          "Address          Interface              State           ID               Pri  Dead");
    }
    for (OspfNeighborStatus n : neighbors) {
      String state = n.state().junosName();
      page.line(
          "%-16s %-22s %-15s %-15s %4d  %4d",
          n.address(), n.interfaceName(), state, n.routerId(), n.priority(), n.dead().toSeconds());
      Element.Builder element =
          Element.builder("ospf-neighbor")
              .leaf("neighbor-address", n.address().toString())
              .leaf("interface-name", n.interfaceName().toString())
              .leaf("ospf-neighbor-state", state)
              .leaf("neighbor-id", n.routerId().toString())
              .leaf("neighbor-priority", n.priority())
              .leaf("activity-timer", n.dead().toSeconds());
      if (detail) {
        String options = String.format("0x%x", n.options());
        page.line(
            "  Area %s, opt %s, DR %s, BDR %s",
            n.area(), options, n.designatedRouter(), n.backupDesignatedRouter());
        page.line("  Up %s, adjacent %s", since(n.up()), since(n.adjacent()));
        page.line(
            "  State changes: %d, LSAs to retransmit: %d, to request: %d, BFD: %s",
            n.stateChanges(),
            n.retransmissionListLength(),
            n.requestListLength(),
            n.liveness() ? "enabled" : "disabled");
        element
            .leaf("ospf-area", n.area().toString())
            .leaf("options", options)
            .leaf("dr-address", n.designatedRouter().toString())
            .leaf("bdr-address", n.backupDesignatedRouter().toString())
            .leaf("neighbor-up-time", since(n.up()))
            .leaf("neighbor-adjacency-time", since(n.adjacent()));
      }
      page.element(element);
    }
    return page;
  }

  private static String since(@Nullable Duration duration) {
    return duration == null ? "00:00:00" : Durations.age(duration);
  }

  public static Page interfaces(List<OspfInterfaceStatus> interfaces, boolean detail) {
    Page page = new Page("ospf-interface-information");
    if (!interfaces.isEmpty()) {
      page.line("Interface           State   Area            DR ID           BDR ID          Nbrs");
    }
    for (OspfInterfaceStatus i : interfaces) {
      String state = i.state().junosName();
      page.line(
          "%-19s %-7s %-15s %-15s %-15s %4d",
          i.name(),
          state,
          i.area(),
          i.designatedRouterId(),
          i.backupDesignatedRouterId(),
          i.neighbors());
      Element.Builder element =
          Element.builder("ospf-interface")
              .leaf("interface-name", i.name().toString())
              .leaf("ospf-interface-state", state)
              .leaf("ospf-area", i.area().toString())
              .leaf("dr-id", i.designatedRouterId().toString())
              .leaf("bdr-id", i.backupDesignatedRouterId().toString())
              .leaf("neighbor-count", i.neighbors());
      if (detail) {
        String type =
            switch (i.type()) {
              case POINT_TO_POINT -> "P2P";
              case POINT_TO_MULTIPOINT -> "P2MP";
              case BROADCAST -> "LAN";
            };
        page.line(
            "  Type: %s, Address: %s, Mask: %s, MTU: %d, Cost: %d%s",
            type, i.address(), i.mask(), i.mtu(), i.cost(), i.passive() ? ", Passive" : "");
        if (i.type() == NetworkType.BROADCAST) {
          page.line(
              "  DR addr: %s, BDR addr: %s, Priority: %d",
              i.designatedRouter(), i.backupDesignatedRouter(), i.priority());
        }
        page.line("  Adj count: %d", i.adjacencies());
        page.line(
            "  Hello: %d, Dead: %d, ReXmit: %d, Not Stub",
            i.hello().toSeconds(), i.dead().toSeconds(), i.retransmit().toSeconds());
        page.line("  Auth type: %s", authentication(i));
        element
            .leaf("interface-type", type)
            .leaf("interface-address", i.address().toString())
            .leaf("address-mask", i.mask().toString())
            .leaf("mtu", i.mtu())
            .leaf("interface-cost", i.cost())
            .leaf("adj-count", i.adjacencies())
            .leaf("router-priority", i.priority())
            .leaf("hello-interval", i.hello().toSeconds())
            .leaf("dead-interval", i.dead().toSeconds())
            .leaf("retransmit-interval", i.retransmit().toSeconds())
            .leaf("authentication-type", i.authentication());
        if (i.passive()) {
          element.leaf("passive", "Passive");
        }
      }
      page.element(element);
    }
    return page;
  }

  private static String authentication(OspfInterfaceStatus i) {
    return i.authentication()
        + (i.activeKeyId() == null ? "" : ", Active key ID: " + i.activeKeyId());
  }

  public static Page database(List<OspfDatabaseEntry> entries) {
    Page page = new Page("ospf-database-information");
    databaseBlock(page, "    OSPF database, Area 0.0.0.0", entries, false);
    databaseBlock(page, "    OSPF AS SCOPE link state database", entries, true);
    return page;
  }

  private static void databaseBlock(
      Page page, String title, List<OspfDatabaseEntry> entries, boolean asScope) {
    List<OspfDatabaseEntry> block =
        entries.stream()
            .filter(e -> (e.header().type() == LsaType.AS_EXTERNAL.wireValue()) == asScope)
            .toList();
    if (block.isEmpty()) {
      return;
    }
    page.blank();
    page.line("%s", title);
    page.line(" Type       ID               Adv Rtr           Seq      Age  Opt  Cksum  Len");
    for (OspfDatabaseEntry entry : block) {
      LsaHeader h = entry.header();
      LsaType known = LsaType.of(h.type());
      String type = known == null ? "Type " + h.type() : known.junosName();
      page.line(
          "%-8s%s%-16s %-15s  0x%08x %5d  0x%-2x 0x%04x %3d",
          type,
          entry.own() ? "*" : " ",
          h.linkStateId(),
          h.advertisingRouter(),
          h.sequenceNumber(),
          h.age(),
          h.options(),
          h.checksum(),
          h.length());
      Element.Builder element =
          Element.builder("ospf-database")
              .leaf("lsa-type", type)
              .leaf("lsa-id", h.linkStateId().toString())
              .leaf("advertising-router", h.advertisingRouter().toString())
              .leaf("sequence-number", String.format("0x%08x", h.sequenceNumber()))
              .leaf("age", h.age())
              .leaf("options", String.format("0x%x", h.options()))
              .leaf("checksum", String.format("0x%04x", h.checksum()))
              .leaf("lsa-length", h.length());
      if (entry.own()) {
        element.empty("our-entry");
      }
      page.element(element);
    }
  }

  public static Page overview(OspfOverview o) {
    Page page = new Page("ospf-overview-information");
    if (o.routerId() == null) {
      return page.line("OSPF instance is not running");
    }
    page.line("Instance: master");
    page.line("  Router ID: %s", o.routerId());
    if (o.asBoundaryRouter()) {
      page.line("  AS boundary router");
    }
    page.line("  LSA refresh time: %d minutes", o.lsaRefreshTime().toMinutes());
    page.line("  Area: 0.0.0.0");
    page.line("    Stub type: Not Stub");
    page.line(
        "    Area border routers: %d, AS boundary routers: %d",
        o.areaBorderRouters(), o.asBoundaryRouters());
    page.line("    Neighbors");
    page.line("      Up (in full state): %d", o.fullNeighbors());
    page.line("  Topology: default (ID 0)");
    page.line("    Prefix export count: %d", o.exportedPrefixes());
    page.line("    Full SPF runs: %d", o.spfRuns());
    page.line("    Routes: %d", o.routes());
    return page.element(
        Element.builder("ospf-overview")
            .leaf("instance-name", "master")
            .leaf("ospf-router-id", o.routerId().toString())
            .leaf("ospf-lsa-refresh-time", o.lsaRefreshTime().toMinutes())
            .leaf("full-spf-count", o.spfRuns())
            .leaf("prefix-export-count", o.exportedPrefixes())
            .leaf("neighbors-up", o.fullNeighbors()));
  }

  public static Page statistics(OspfStatistics s) {
    Page page = new Page("ospf-statistics-information");
    page.line("Packet type             Total                  ");
    page.line("                   Sent      Received");
    s.sent()
        .forEach((type, sent) -> {
          long received = s.received().getOrDefault(type, 0L);
          page.line("  %-11s %9d %13d", type, sent, received);
          page.element(
              Element.builder("packet-type")
                  .leaf("ospf-packet-type", type)
                  .leaf("packets-sent", sent)
                  .leaf("packets-received", received));
        });
    page.blank();
    page.line("DBDs retransmitted     :%21d", s.databaseDescriptionsRetransmitted());
    page.line("LSAs flooded           :%21d", s.lsasFlooded());
    page.line("LSAs retransmitted     :%21d", s.lsasRetransmitted());
    page.line("LSAs requested         :%21d", s.lsasRequested());
    page.line("LSAs acknowledged      :%21d", s.lsasAcknowledged());
    page.line("LSAs originated        :%21d", s.lsasOriginated());
    page.line("SPF runs               :%21d", s.spfRuns());
    page.line("SPF time, microseconds :%21d", s.spfNanos() / 1000);
    page.blank();
    page.line("Receive errors:%s", s.receiveErrors().isEmpty() ? " None" : "");
    for (Map.Entry<String, Long> error : s.receiveErrors().entrySet()) {
      page.line("  %d %s", error.getValue(), error.getKey());
      page.element(
          Element.builder("receive-error")
              .leaf("cause", error.getKey())
              .leaf("count", error.getValue()));
    }
    return page;
  }
}
