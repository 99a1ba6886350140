package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code show route}: streamed, so that a full table is never held twice. */
public final class RouteShow {
  /** How much of each route is printed. */
  public enum Depth {
    BRIEF,
    TERSE,
    DETAIL
  }

  private final AnswerStream answer;
  private final boolean elements;
  private final Depth depth;
  private final Instant now;

  public RouteShow(AnswerStream answer, boolean elements, Depth depth, Instant now) {
    this.answer = answer;
    this.elements = elements;
    this.depth = depth;
    this.now = now;
  }

  /** One table: its counts, then the destinations in question. */
  public void table(RouteCounts counts, List<RouteEntry> entries) {
    if (entries.isEmpty() && counts.destinations() == 0) {
      return;
    }
    if (elements) {
      answer.open(
          Element.builder("route-table")
              .leaf("table-name", counts.table())
              .leaf("destination-count", counts.destinations())
              .leaf("total-route-count", counts.routes())
              .leaf("active-route-count", counts.active())
              .leaf("holddown-route-count", counts.holddown())
              .leaf("hidden-route-count", counts.hidden())
              .build());
      entries.forEach(e -> answer.element(element(e)));
      answer.close();
      return;
    }
    answer.line("");
    answer.line(
        String.format(
            "%s: %d destinations, %d routes (%d active, %d holddown, %d hidden)",
            counts.table(),
            counts.destinations(),
            counts.routes(),
            counts.active(),
            counts.holddown(),
            counts.hidden()));
    if (entries.isEmpty()) {
      return;
    }
    if (depth != Depth.DETAIL) {
      answer.line("+ = Active Route, - = Last Active, * = Both");
      answer.line("");
    }
    if (depth == Depth.TERSE) {
      answer.line("A V Destination        P Prf   Metric 1   Metric 2  Next hop        AS path");
    }
    for (RouteEntry entry : entries) {
      switch (depth) {
        case BRIEF -> brief(entry);
        case TERSE -> terse(entry);
        case DETAIL -> detail(entry);
      }
    }
  }

  private void brief(RouteEntry entry) {
    String destination = entry.prefix().toString();
    for (RouteEntry.Candidate c : entry.candidates()) {
      StringBuilder line = new StringBuilder(pad(destination, 19));
      line.append(c.active() ? "*" : " ").append('[').append(c.route().protocol().junosName());
      line.append('/').append(c.route().preference()).append("] ");
      line.append(age(c));
      line.append(attributes(c.route()));
      answer.line(line.toString().stripTrailing());
      if (c.route().detail() instanceof RouteDetail.Bgp bgp) {
        answer.line(
            "                      AS path: " + asPath(bgp) + ", validation-state: unverified");
      }
      if (c.hiddenReason() != null) {
        answer.line("                      Hidden reason: " + c.hiddenReason());
      }
      nextHops(c).forEach(hop -> answer.line("                    " + hop));
      destination = "";
    }
  }

  private static String attributes(Route route) {
    return switch (route.detail()) {
      case RouteDetail.Bgp bgp ->
          (bgp.med() == null ? "" : ", MED " + bgp.med())
              + ", localpref "
              + bgp.localPreference()
              + (bgp.tag() == 0 ? "" : ", tag " + bgp.tag());
      case RouteDetail.Ospf ospf ->
          ", metric "
              + route.metric()
              + (route.protocol() == RouteProtocol.OSPF_EXTERNAL ? ", tag " + ospf.tag() : "");
      case RouteDetail.Static s -> s.tag() == 0 ? "" : ", tag " + s.tag();
      case RouteDetail.Rip rip -> ", metric " + route.metric() + ", tag " + rip.tag();
      case RouteDetail.None n -> "";
    };
  }

  private static String asPath(RouteDetail.Bgp bgp) {
    return bgp.asPath().isEmpty()
        ? String.valueOf(bgp.origin().letter())
        : bgp.asPath() + " " + bgp.origin().letter();
  }

  private String age(RouteEntry.Candidate c) {
    return Durations.age(Duration.between(c.since(), now));
  }

  /** The first of several is marked: Junos' "selected". */
  private static List<String> nextHops(RouteEntry.Candidate c) {
    List<String> lines = new ArrayList<>();
    List<NextHop> hops = c.resolved().isEmpty() ? c.route().nextHops() : c.resolved();
    for (NextHop hop : hops) {
      String mark = lines.isEmpty() ? ">  " : "   ";
      lines.add(
          switch (hop) {
            case NextHop.Via via ->
                mark
                    + (via.gateway() == null ? "" : "to " + via.gateway() + " ")
                    + "via "
                    + via.out();
            case NextHop.Recursive recursive -> mark + "to " + recursive.address() + ", unresolved";
            case NextHop.Local local -> "   Local via " + local.owner();
            case NextHop.Discard d -> "   Discard";
            case NextHop.Reject r -> "   Reject";
          });
    }
    return lines;
  }

  private void terse(RouteEntry entry) {
    String destination = entry.prefix().toString();
    for (RouteEntry.Candidate c : entry.candidates()) {
      String metric1 =
          c.route().detail() instanceof RouteDetail.Bgp bgp
              ? Long.toString(bgp.localPreference())
              : c.route().metric() == 0 ? "" : Long.toString(c.route().metric());
      String asPath = c.route().detail() instanceof RouteDetail.Bgp bgp ? asPath(bgp) : "";
      List<String> hops = terseHops(c);
      answer.line(
          String.format(
                  Locale.ROOT,
                  "%s %s %-18s %c %3d %10s %10s %-16s %s",
                  c.active() ? "*" : " ",
                  "?",
                  destination,
                  c.route().protocol().terseLetter(),
                  c.route().preference(),
                  metric1,
                  "",
                  hops.isEmpty() ? "" : hops.getFirst(),
                  asPath)
              .stripTrailing());
      hops.stream().skip(1).forEach(h -> answer.line(" ".repeat(51) + h));
      destination = "";
    }
  }

  private static List<String> terseHops(RouteEntry.Candidate c) {
    List<String> words = new ArrayList<>();
    List<NextHop> hops = c.resolved().isEmpty() ? c.route().nextHops() : c.resolved();
    for (NextHop hop : hops) {
      String mark = words.isEmpty() ? ">" : " ";
      words.add(
          switch (hop) {
            case NextHop.Via via ->
                mark + (via.gateway() == null ? via.out().toString() : via.gateway().toString());
            case NextHop.Recursive recursive -> mark + recursive.address();
            case NextHop.Local local -> " Local";
            case NextHop.Discard d -> " Discard";
            case NextHop.Reject r -> " Reject";
          });
    }
    return words;
  }

  private void detail(RouteEntry entry) {
    answer.line(
        entry.prefix()
            + " ("
            + entry.candidates().size()
            + (entry.candidates().size() == 1 ? " entry, " : " entries, ")
            + (entry.candidates().stream().anyMatch(RouteEntry.Candidate::active) ? 1 : 0)
            + " announced)");
    for (RouteEntry.Candidate c : entry.candidates()) {
      Route route = c.route();
      answer.line(
          String.format(
              "        %s%-7s Preference: %d",
              c.active() ? "*" : " ", route.protocol().junosName(), route.preference()));
      for (String hop : nextHops(c)) {
        detailLine("Next hop: " + hop.substring(3) + (hop.startsWith(">") ? ", selected" : ""));
      }
      for (NextHop hop : route.nextHops()) {
        if (hop instanceof NextHop.Recursive(IpAddress address)) {
          detailLine("Protocol next hop: " + address);
        }
      }
      detailLine(
          "State: <" + (c.active() ? "Active" : c.hiddenReason() == null ? "" : "Hidden") + ">");
      if (c.hiddenReason() != null) {
        detailLine("Hidden reason: " + c.hiddenReason());
      }
      detailLine("Age: " + age(c) + (route.metric() == 0 ? "" : "  Metric: " + route.metric()));
      if (route.detail() instanceof RouteDetail.Bgp bgp) {
        bgpDetail(bgp);
      }
      if (route.detail() instanceof RouteDetail.Ospf ospf) {
        detailLine(
            "OSPF path type: " + ospf.pathType().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        detailLine("Advertising router: " + ospf.advertisingRouter());
      }
    }
    answer.line("");
  }

  private void bgpDetail(RouteDetail.Bgp bgp) {
    if (bgp.inactiveReason() != null) {
      detailLine("Inactive reason: " + bgp.inactiveReason());
    }
    detailLine("Source: " + bgp.peer());
    detailLine("Peer AS: " + bgp.peerAs() + ", " + (bgp.external() ? "Ext" : "Int"));
    detailLine("AS path: " + asPath(bgp));
    if (!bgp.communities().isEmpty()) {
      detailLine("Communities: " + String.join(" ", bgp.communities().texts()));
    }
    detailLine("Localpref: " + bgp.localPreference());
    if (bgp.med() != null) {
      detailLine("MED: " + bgp.med());
    }
    detailLine("Router ID: " + bgp.peerId());
  }

  private void detailLine(String text) {
    answer.line("                " + text);
  }

  private Element element(RouteEntry entry) {
    Element.Builder rt =
        Element.builder("rt")
            .leaf("rt-destination", entry.prefix().network().toString())
            .leaf("rt-prefix-length", entry.prefix().length());
    for (RouteEntry.Candidate c : entry.candidates()) {
      Element.Builder e = Element.builder("rt-entry");
      if (c.active()) {
        e.leaf("active-tag", "*").empty("current-active");
      }
      e.leaf("protocol-name", c.route().protocol().junosName())
          .leaf("preference", c.route().preference());
      switch (c.route().detail()) {
        case RouteDetail.Bgp bgp -> {
          e.leafIfPresent("med", bgp.med() == null ? null : bgp.med().toString());
          e.leaf("local-preference", bgp.localPreference()).leaf("as-path", asPath(bgp));
          e.leaf("learned-from", bgp.peer().toString());
          e.leafIfPresent("inactive-reason", bgp.inactiveReason());
        }
        case RouteDetail.Ospf ospf -> e.leaf("metric", c.route().metric());
        case RouteDetail.Static s -> {}
        case RouteDetail.Rip rip -> e.leaf("metric", c.route().metric()).leaf("rt-tag", rip.tag());
        case RouteDetail.None n -> {}
      }
      e.leaf("age", age(c));
      e.leafIfPresent("hidden-reason", c.hiddenReason());
      List<NextHop> hops = c.resolved().isEmpty() ? c.route().nextHops() : c.resolved();
      boolean first = true;
      for (NextHop hop : hops) {
        e.child(nextHopElement(hop, first));
        first = false;
      }
      rt.child(e);
    }
    return rt.build();
  }

  private static Element.Builder nextHopElement(NextHop hop, boolean selected) {
    Element.Builder nh = Element.builder("nh");
    if (selected) {
      nh.empty("selected-next-hop");
    }
    return switch (hop) {
      case NextHop.Via via ->
          nh.leafIfPresent("to", via.gateway() == null ? null : via.gateway().toString())
              .leaf("via", via.out().toString());
      case NextHop.Recursive recursive -> nh.leaf("to", recursive.address().toString());
      case NextHop.Local local -> nh.leaf("nh-type", "Local").leaf("via", local.owner().toString());
      case NextHop.Discard d -> nh.leaf("nh-type", "Discard");
      case NextHop.Reject r -> nh.leaf("nh-type", "Reject");
    };
  }

  private static String pad(String text, int width) {
    return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
  }

  /** True if the destination is what the operator asked for: the longest match, or within it. */
  static boolean matches(RouteEntry entry, IpPrefix asked) {
    return asked.covers(entry.prefix());
  }
}
