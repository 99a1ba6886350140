package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.SendMode;
import dev.culvert.rip.operational.RipCounter;
import dev.culvert.rip.operational.RipNeighborStatistics;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code show rip …} and {@code show ripng …}. */
public final class RipShow {
  private RipShow() {}

  public static Page neighbors(RipFlavor flavor, List<RipNeighborStatus> neighbors) {
    return flavor == RipFlavor.RIP ? rip(neighbors) : ripng(neighbors);
  }

  private static Page rip(List<RipNeighborStatus> neighbors) {
    Page page = new Page("rip-neighbor-information");
    if (!neighbors.isEmpty()) {
      page.line("                  Local  Source          Destination     Send   Receive   In");
      page.line("Neighbor          State  Address         Address         Mode   Mode     Met");
      page.line("--------          -----  -------         -----------     ----   -------  ---");
    }
    for (RipNeighborStatus n : neighbors) {
      page.line(
          "%-17s %5s %-15s %-15s %-6s %-7s %4d",
          n.name(),
          state(n),
          text(n.source()),
          text(n.destination()),
          n.send().shown(),
          n.receive().shown(),
          n.metricIn());
      page.element(
          Element.builder("rip-neighbor")
              .leaf("rip-neighbor-name", n.name().toString())
              .leaf("rip-neighbor-state", state(n))
              .leaf("rip-local-address-ipv4", text(n.source()))
              .leaf("rip-remote-address-ipv4", text(n.destination()))
              .leaf("send-mode-ripv2", n.send().shown())
              .leaf("receive-mode-ripv2", n.receive().shown())
              .leaf("rip-neighbor-metric-in", n.metricIn())
              .leaf("authentication-type-rip", n.authentication()));
    }
    return page;
  }

  private static Page ripng(List<RipNeighborStatus> neighbors) {
    Page page = new Page("ripng-neighbor-information");
    if (!neighbors.isEmpty()) {
      page.line(
          "                 Local  Source                          Dest                        In");
      page.line(
          "Neighbor         State  Address                         Address         Send  Recv  Met");
      page.line(
          "--------         -----  -------                         -------         ----  ----  ---");
    }
    for (RipNeighborStatus n : neighbors) {
      String send = n.send() == SendMode.NONE ? "no" : "yes";
      String receive = n.receive() == ReceiveMode.NONE ? "no" : "yes";
      page.line(
          "%-16s %5s  %-31s %-15s %-5s %-5s %3d",
          n.name(), state(n), text(n.source()), text(n.destination()), send, receive, n.metricIn());
      page.element(
          Element.builder("rip-neighbor")
              .leaf("rip-neighbor-name", n.name().toString())
              .leaf("rip-neighbor-state", state(n))
              .leaf("rip-local-address-ipv6", text(n.source()))
              .leaf("rip-remote-address-ipv6", text(n.destination()))
              .leaf("send-mode-ripng", send)
              .leaf("receive-mode-ripng", receive)
              .leaf("rip-neighbor-metric-in", n.metricIn()));
    }
    return page;
  }

  private static String state(RipNeighborStatus neighbor) {
    return neighbor.up() ? "Up" : "Dn";
  }

  private static String text(@Nullable Object address) {
    return Objects.toString(address, "(null)");
  }

  /** With those neighbors that are asked for. */
  public static Page statistics(RipFlavor flavor, RipStatistics s) {
    Page page = new Page(flavor.keyword() + "-statistics-information");
    String name = flavor == RipFlavor.RIP ? "RIPv2" : "RIPng";
    page.line("%s info: port %d; holddown %ds.", name, s.port(), s.holddown().toSeconds());
    page.line("    rts learned  rts held down  rqsts dropped  resps dropped");
    page.line(
        "%15d%15d%15d%15d", s.learned(), s.heldDown(), s.requestsDropped(), s.responsesDropped());
    page.element(
        Element.builder("rip-timer-values")
            .leaf("rip-protocol-name", name)
            .leaf("rip-port", s.port())
            .leaf("rip-holddown", s.holddown().toSeconds()));
    page.element(
        Element.builder("rip-global-statistics")
            .leaf("rip-routes-learned", s.learned())
            .leaf("rip-routes-holddown", s.heldDown())
            .leaf("rip-requests-dropped", s.requestsDropped())
            .leaf("rip-responses-dropped", s.responsesDropped()));
    s.neighbors().forEach(neighbor -> statistics(page, neighbor));
    return page;
  }

  private static void statistics(Page page, RipNeighborStatistics n) {
    page.line("");
    page.line(
        "%s:  %d routes learned; %d routes advertised; timeout %ds; update interval %ds",
        n.name(),
        n.learned(),
        n.advertised(),
        n.routeTimeout().toSeconds(),
        n.updateInterval().toSeconds());
    page.line("Counter                         Total   Last 5 min  Last minute");
    page.line("-------                   -----------  -----------  -----------");
    Element.Builder element =
        Element.builder("rip-neighbor-statistics")
            .leaf("rip-neighbor-name", n.name().toString())
            .leaf("rip-neighbor-learnt-routes", n.learned())
            .leaf("rip-neighbor-advertised-routes", n.advertised())
            .leaf("rip-neighbor-route-timeout", n.routeTimeout().toSeconds())
            .leaf("rip-neighbor-update-interval", n.updateInterval().toSeconds());
    for (RipCounter c : n.counters()) {
      page.line("%-24s%13d%13d%13d", c.name(), c.total(), c.lastFiveMinutes(), c.lastMinute());
      element.child(
          Element.builder("rip-message-statistics")
              .leaf("rip-message", c.name())
              .leaf("rip-message-total", c.total())
              .leaf("rip-message-last-5minutes", c.lastFiveMinutes())
              .leaf("rip-message-last-minute", c.lastMinute())
              .build());
    }
    page.element(element);
  }

  public static Page general(RipFlavor flavor, RipStatistics s) {
    String name = flavor == RipFlavor.RIP ? "RIPv2" : "RIPng";
    Page page = new Page(flavor.keyword() + "-general-statistics-information");
    page.line("%s I/O info:", name);
    page.line("  bad msgs            : %7d", s.badMessages());
    page.line("  no recv intf        : %7d", s.noReceivingInterface());
    return page.element(
        Element.builder("rip-general-statistics")
            .leaf("rip-protocol-name", name)
            .leaf("rip-bad-messages", s.badMessages())
            .leaf("rip-interface-count", s.noReceivingInterface()));
  }
}
