package dev.culvert.daemon.show;

import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code show bgp …} and the routes of one peer. */
public final class BgpShow {
  private BgpShow() {}

  public static Page summary(BgpSummary summary, Instant now) {
    Page page = new Page("bgp-information");
    page.line("Threading mode: BGP I/O");
    page.line("Default eBGP mode: advertise - accept, receive - accept");
    page.line(
        "Groups: %d Peers: %d Down peers: %d",
        summary.groups(), summary.neighbors().size(), summary.downPeers());
    if (summary.unconfiguredPeers() > 0) {
      page.line("Unconfigured peers: %d", summary.unconfiguredPeers());
    }
    page.leaf("group-count", summary.groups())
        .leaf("peer-count", summary.neighbors().size())
        .leaf("down-peer-count", summary.downPeers())
        .leaf("unconfigured-peer-count", summary.unconfiguredPeers());
    if (summary.neighbors().isEmpty()) {
      return page;
    }
    BgpSummary.TableCounts t = summary.table();
    page.line("Table          Tot Paths  Act Paths Suppressed    History Damp State    Pending");
    page.line("inet.0");
    page.line(
        "               %11d%11d%11d%11d%11d%11d",
        t.totalPaths(), t.activePaths(), t.suppressed(), t.history(), t.damped(), t.pending());
    page.element(
        Element.builder("bgp-rib")
            .leaf("name", "inet.0")
            .leaf("total-prefix-count", t.totalPaths())
            .leaf("active-prefix-count", t.activePaths())
            .leaf("suppressed-prefix-count", t.suppressed())
            .leaf("pending-prefix-count", t.pending()));
    page.line(
        "Peer                     AS      InPkt     OutPkt    OutQ   Flaps Last Up/Dwn"
            + " State|#Active/Received/Accepted/Damped...");
    for (BgpNeighbor n : summary.neighbors()) {
      summaryLine(page, n, now);
    }
    return page;
  }

  private static void summaryLine(Page page, BgpNeighbor n, Instant now) {
    String state = n.isEstablished() ? "Establ" : n.state().junosName();
    Instant change = n.lastChange();
    String elapsed = change == null ? "0" : Durations.upDown(Duration.between(change, now));
    page.line(
        "%-15s %11d %10d %10d %7d %7d %11s %s",
        n.address(),
        n.peerAs(),
        n.input().total(),
        n.output().total(),
        n.prefixes().waiting(),
        n.flaps(),
        elapsed,
        state);
    Element.Builder element =
        Element.builder("bgp-peer")
            .leaf("peer-address", n.address().toString())
            .leaf("peer-as", n.peerAs())
            .leaf("input-messages", n.input().total())
            .leaf("output-messages", n.output().total())
            .leaf("route-queue-count", n.prefixes().waiting())
            .leaf("flap-count", n.flaps())
            .leaf("elapsed-time", elapsed)
            .leaf("peer-state", n.state().junosName());
    if (n.isEstablished()) {
      page.line(
          "  inet.0: %d/%d/%d/%d",
          n.prefixes().active(),
          n.prefixes().received(),
          n.prefixes().accepted(),
          n.prefixes().suppressed());
      element.child(rib(n));
    }
    page.element(element);
  }

  private static Element.Builder rib(BgpNeighbor n) {
    return Element.builder("bgp-rib")
        .leaf("name", "inet.0")
        .leaf("active-prefix-count", n.prefixes().active())
        .leaf("received-prefix-count", n.prefixes().received())
        .leaf("accepted-prefix-count", n.prefixes().accepted())
        .leaf("suppressed-prefix-count", n.prefixes().suppressed())
        .leaf("advertised-prefix-count", n.prefixes().advertised())
        .leaf("too-long-prefix-count", n.prefixes().tooLong());
  }

  public static Page neighbors(List<BgpNeighbor> neighbors, Instant now) {
    Page page = new Page("bgp-information");
    for (BgpNeighbor n : neighbors) {
      neighbor(page, n, now);
      page.blank();
    }
    return page;
  }

  private static void neighbor(Page page, BgpNeighbor n, Instant now) {
    page.line(
        "Peer: %s AS %d Local: %s AS %d",
        end(n.remote(), n.address()), n.peerAs(), end(n.local(), null), n.localAs());
    if (n.description() != null) {
      page.line("  Description: %s", n.description());
    }
    page.line("  Group: %s", n.group());
    page.line(
        "  Type: %-11s State: %-14s Flags: <%s>",
        n.type(), n.state().junosName(), String.join(" ", n.flags()));
    page.line(
        "  Last State: %-13s Last Event: %s",
        n.lastState() == null ? "Idle" : n.lastState().junosName(), n.lastEvent());
    page.line("  Last Error: %s", n.lastError());
    if (n.idleReason() != null) {
      page.line("  Idle reason: %s", n.idleReason());
    }
    policies(page, "Export", n.exportPolicies());
    policies(page, "Import", n.importPolicies());
    page.line("  Options: <%s>", String.join(" ", n.options()));
    page.line("  Holdtime: %d Preference: %d", n.holdTime().toSeconds(), n.preference());
    page.line("  Number of flaps: %d", n.flaps());
    Element.Builder element =
        Element.builder("bgp-peer")
            .leaf("peer-address", end(n.remote(), n.address()))
            .leaf("peer-as", n.peerAs())
            .leaf("local-address", end(n.local(), null))
            .leaf("local-as", n.localAs())
            .leaf("peer-group", n.group())
            .leaf("peer-type", n.type())
            .leaf("peer-state", n.state().junosName())
            .leaf("peer-flags", String.join(" ", n.flags()))
            .leaf("last-event", n.lastEvent())
            .leaf("last-error", n.lastError())
            .leaf("flap-count", n.flaps());
    if (n.isEstablished()) {
      established(page, n, element, now);
    }
    page.line(
        "  Input messages:  Total %-6d Updates %-7d Refreshes %-5d Octets %d",
        n.input().total(), n.input().updates(), n.input().refreshes(), n.input().octets());
    page.line(
        "  Output messages: Total %-6d Updates %-7d Refreshes %-5d Octets %d",
        n.output().total(), n.output().updates(), n.output().refreshes(), n.output().octets());
    if (n.isEstablished()) {
      page.line("  Output Queue[1]: %-12d (inet.0, inet-unicast)", n.prefixes().waiting());
    }
    page.line(
        "  Malformed updates: attributes discarded %d, treated as withdraw %d, session resets %d",
        n.errors().attributesDiscarded(),
        n.errors().treatedAsWithdraw(),
        n.errors().sessionResets());
    page.element(
        element
            .leaf("input-messages", n.input().total())
            .leaf("input-updates", n.input().updates())
            .leaf("input-octets", n.input().octets())
            .leaf("output-messages", n.output().total())
            .leaf("output-updates", n.output().updates())
            .leaf("output-octets", n.output().octets()));
  }

  private static void established(Page page, BgpNeighbor n, Element.Builder element, Instant now) {
    String peerId = n.peerId() == null ? "0.0.0.0" : n.peerId().toString();
    page.line(
        "  Peer ID: %-15s Local ID: %-15s Active Holdtime: %d",
        peerId, n.localId(), n.activeHoldTime().toSeconds());
    page.line(
        "  Keepalive Interval: %-10d Peer index: %d",
        n.keepaliveInterval().toSeconds(), n.peerIndex());
    page.line("  BFD: %s", n.liveness());
    if (n.localInterface() != null) {
      page.line("  Local Interface: %s", n.localInterface());
    }
    page.line("  NLRI advertised by peer: %s", String.join(" ", n.nlriAdvertised()));
    page.line("  NLRI for this session: %s", String.join(" ", n.nlriSession()));
    if (n.refreshSupported()) {
      page.line("  Peer supports Refresh capability (2)");
    }
    if (n.fourOctetAsSupported()) {
      page.line("  Peer supports 4 byte AS extension (peer-as %d)", n.peerAs());
    }
    page.line("  Table inet.0");
    page.line("    Active prefixes:              %d", n.prefixes().active());
    page.line("    Received prefixes:            %d", n.prefixes().received());
    page.line("    Accepted prefixes:            %d", n.prefixes().accepted());
    page.line("    Suppressed due to damping:    %d", n.prefixes().suppressed());
    page.line("    Advertised prefixes:          %d", n.prefixes().advertised());
    if (n.prefixes().tooLong() > 0) {
      page.line("    Too long to advertise:        %d", n.prefixes().tooLong());
    }
    page.line(
        "  Last traffic (seconds): Received %-4d Sent %d",
        secondsSince(n.lastReceived(), now), secondsSince(n.lastSent(), now));
    element
        .leaf("peer-id", peerId)
        .leaf("local-id", n.localId().toString())
        .leaf("active-holdtime", n.activeHoldTime().toSeconds())
        .leaf("keepalive-interval", n.keepaliveInterval().toSeconds())
        .leaf("bfd-configuration-state", n.liveness().split(", ", 2)[0])
        .child(rib(n));
  }

  private static void policies(Page page, String direction, List<String> names) {
    if (!names.isEmpty()) {
      page.line("  %s: [ %s ]", direction, String.join(" ", names));
    }
  }

  private static String end(@Nullable Endpoint endpoint, @Nullable IpAddress otherwise) {
    if (endpoint == null) {
      return otherwise == null ? "unspecified" : otherwise.toString();
    }
    return endpoint.address() + "+" + endpoint.port();
  }

  private static long secondsSince(@Nullable Instant at, Instant now) {
    return at == null ? 0 : Duration.between(at, now).toSeconds();
  }

  /** {@code show route receive-protocol bgp PEER} and {@code advertising-protocol}. */
  public static Page peerRoutes(List<PeerRoute> routes) {
    Page page = new Page("route-information");
    page.blank();
    page.line(
        "inet.0: %d routes (%d active, 0 holddown, %d hidden)",
        routes.size(),
        routes.stream().filter(PeerRoute::active).count(),
        routes.stream().filter(r -> r.hiddenReason() != null).count());
    page.line("  Prefix                  Nexthop              MED     Lclpref    AS path");
    for (PeerRoute r : routes) {
      page.line(
          "%s %-23s %-20s %-7s %-10s %s",
          r.active() ? "*" : " ",
          r.prefix(),
          r.nextHop(),
          r.med() == null ? "" : r.med().toString(),
          r.localPreference() == null ? "" : r.localPreference().toString(),
          r.asPath());
      if (r.hiddenReason() != null) {
        page.line("    Hidden reason: %s", r.hiddenReason());
      }
      page.element(
          Element.builder("rt")
              .leaf("rt-destination", r.prefix().toString())
              .child(
                  Element.builder("rt-entry")
                      .leafIfPresent("med", r.med() == null ? null : r.med().toString())
                      .leafIfPresent(
                          "local-preference",
                          r.localPreference() == null ? null : r.localPreference().toString())
                      .leaf("as-path", r.asPath())
                      .leafIfPresent("hidden-reason", r.hiddenReason())
                      .child(Element.builder("nh").leaf("to", r.nextHop()))));
    }
    return page;
  }
}
