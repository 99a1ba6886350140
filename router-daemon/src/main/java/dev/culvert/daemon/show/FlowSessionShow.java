package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionCount;
import dev.culvert.tun.conntrack.SessionTuple;
import dev.culvert.tun.conntrack.TcpState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;

/** {@code show security flow session …}. */
public final class FlowSessionShow {
  /** More than anybody reads; a filter shows the others. */
  private static final int MOST_SHOWN = 20_000;

  /** In the order in which Junos sums them up. */
  private enum Validity {
    VALID("Valid"),
    PENDING("Pending"),
    INVALIDATED("Invalidated");

    private final String word;

    Validity(String word) {
      this.word = word;
    }
  }

  private FlowSessionShow() {}

  /**
   * The sessions as asked for.
   *
   * @throws IOException if the kernel does not list them
   */
  public static Page page(FlowSessionQuery query, FlowTable table, FlowNames names, Instant now)
      throws IOException {
    return query.depth() == FlowSessionQuery.Depth.SUMMARY
        ? summary(query, table, names)
        : list(query, table, names, now);
  }

  private static Page list(FlowSessionQuery query, FlowTable table, FlowNames names, Instant now)
      throws IOException {
    Page page = new Page("flow-session-information");
    boolean extensive = query.depth() == FlowSessionQuery.Depth.EXTENSIVE;
    Predicate<Session> test = query.test(names);
    int[] shown = new int[2];
    boolean whole =
        table.sessions(
            query.filter(),
            Integer.MAX_VALUE,
            session -> {
              if (!test.test(session)) {
                return;
              }
              if (shown[0] == MOST_SHOWN) {
                shown[1]++;
                return;
              }
              shown[0]++;
              if (extensive) {
                extensive(page, session, names, now);
              } else {
                brief(page, session, names);
              }
              page.element(element(session, names, now));
            });
    if (shown[1] > 0 || !whole) {
      page.line("%d more sessions are not shown", shown[1]);
    }
    page.line("Total sessions: %d", shown[0] + shown[1]);
    page.leaf("displayed-session-count", shown[0] + shown[1]);
    return page;
  }

  private static void brief(Page page, Session session, FlowNames names) {
    page.line(
        "Session ID: %d, Policy name: %s, Timeout: %d, Session State: %s",
        session.id(), names.policy(session), session.timeout().toSeconds(), validity(session).word);
    wing(page, "In", session.original(), names.in(session), session.originalCount());
    wing(page, "Out", session.reply(), names.out(session), session.replyCount());
    page.blank();
  }

  private static void wing(
      Page page, String direction, SessionTuple tuple, String interfaceName, SessionCount count) {
    page.line(
        "  %s: %s, Conn Tag: 0x0, If: %s, Pkts: %d, Bytes: %d,",
        direction, packets(tuple), interfaceName, count.packets(), count.bytes());
  }

  private static void extensive(Page page, Session session, FlowNames names, Instant now) {
    page.line("Session ID: %d, Status: Normal, State: %s", session.id(), state(session));
    page.line("Flags: 0x%x", session.status().bits());
    page.line("Policy name: %s", names.policy(session));
    String application = names.application(session);
    if (application != null) {
      page.line("Application: %s", application);
    }
    if (session.helper() != null) {
      page.line("ALG: %s", session.helper());
    }
    if (session.status().isSourceTranslated()) {
      page.line(
          "Source NAT: %s/%d --> %s/%d",
          session.original().source(),
          session.original().sourcePort(),
          session.reply().destination(),
          translatedSourcePort(session));
    }
    if (session.status().isDestinationTranslated()) {
      page.line(
          "Destination NAT: %s/%d --> %s/%d",
          session.original().destination(),
          session.original().destinationPort(),
          session.asRouted().destination(),
          session.asRouted().destinationPort());
    }
    page.line("Current timeout: %d", session.timeout().toSeconds());
    TcpState tcpState = session.tcpState();
    page.line(
        "Session State: %s%s",
        validity(session).word, tcpState == null ? "" : ", TCP state: " + tcpState);
    Instant start = session.start();
    if (start != null) {
      page.line(
          "Start time: %d, Duration: %d", start.getEpochSecond(), duration(start, now).toSeconds());
    }
    extensiveWing(page, "In", session.original(), names.in(session), session.originalCount());
    extensiveWing(page, "Out", session.reply(), names.out(session), session.replyCount());
    page.blank();
  }

  private static int translatedSourcePort(Session session) {
    return session.original().upper() instanceof SessionTuple.Upper.Ports
        ? session.reply().destinationPort()
        : session.reply().sourcePort();
  }

  private static void extensiveWing(
      Page page, String direction, SessionTuple tuple, String interfaceName, SessionCount count) {
    page.line("  %s: %s,", direction, packets(tuple));
    page.line("   Conn Tag: 0x0, Interface: %s,", interfaceName);
    page.line("   Pkts: %d, Bytes: %d", count.packets(), count.bytes());
  }

  private static String packets(SessionTuple tuple) {
    return "%s/%d --> %s/%d;%s"
        .formatted(
            tuple.source(),
            tuple.sourcePort(),
            tuple.destination(),
            tuple.destinationPort(),
            FlowProtocols.name(tuple.protocol()));
  }

  private static Element.Builder element(Session session, FlowNames names, Instant now) {
    Instant start = session.start();
    Element.Builder element =
        Element.builder("flow-session")
            .leaf("session-identifier", session.id())
            .leaf("status", "Normal")
            .leaf("session-state", state(session))
            .leaf("sess-state", validity(session).word)
            .leaf("policy", names.policy(session))
            .leafIfPresent("application-name", names.application(session))
            .leaf("timeout", session.timeout().toSeconds());
    if (start != null) {
      element
          .leaf("start-time", start.getEpochSecond())
          .leaf("duration", duration(start, now).toSeconds());
    }
    return element
        .child(flow("In", session.original(), names.in(session), session.originalCount()))
        .child(flow("Out", session.reply(), names.out(session), session.replyCount()));
  }

  private static Element.Builder flow(
      String direction, SessionTuple tuple, String interfaceName, SessionCount count) {
    return Element.builder("flow-information")
        .leaf("direction", direction)
        .leaf("source-address", tuple.source().toString())
        .leaf("source-port", tuple.sourcePort())
        .leaf("destination-address", tuple.destination().toString())
        .leaf("destination-port", tuple.destinationPort())
        .leaf("protocol", FlowProtocols.name(tuple.protocol()))
        .leaf("conn-tag", "0x0")
        .leaf("interface-name", interfaceName)
        .leaf("pkt-cnt", count.packets())
        .leaf("byte-cnt", count.bytes());
  }

  private static Page summary(FlowSessionQuery query, FlowTable table, FlowNames names)
      throws IOException {
    Predicate<Session> test = query.test(names);
    Map<Validity, Integer> counts = new EnumMap<>(Validity.class);
    int[] multicast = new int[1];
    table.sessions(
        query.filter(),
        Integer.MAX_VALUE,
        session -> {
          if (test.test(session)) {
            counts.merge(validity(session), 1, Integer::sum);
            multicast[0] += session.original().destination().isMulticast() ? 1 : 0;
          }
        });
    int all = counts.values().stream().mapToInt(Integer::intValue).sum();
    int limit = table.limit();
    Page page = new Page("flow-session-information");
    page.line("Unicast-sessions: %d", all - multicast[0]);
    page.line("Multicast-sessions: %d", multicast[0]);
    page.line("Sessions-in-use: %d", all);
    for (Validity validity : Validity.values()) {
      page.line("  %s sessions: %d", validity.word, count(counts, validity));
    }
    page.line("  Sessions in other states: 0");
    page.line("Maximum-sessions: %d", limit);
    return page.leaf("displayed-session-valid", count(counts, Validity.VALID))
        .leaf("displayed-session-pending", count(counts, Validity.PENDING))
        .leaf("displayed-session-invalidated", count(counts, Validity.INVALIDATED))
        .leaf("displayed-session-other", 0)
        .leaf("displayed-session-count", all)
        .leaf("max-session-count", limit);
  }

  private static int count(Map<Validity, Integer> counts, Validity validity) {
    return counts.getOrDefault(validity, 0);
  }

  private static String state(Session session) {
    return session.status().hasSeenReply() ? "Active" : "Unanswered";
  }

  /**
   * Junos forgets a TCP session when it is closed; the kernel still waits for what is under way.
   */
  private static Validity validity(Session session) {
    return switch (session.tcpState()) {
      case null -> Validity.VALID;
      case NONE, SYN_SENT, SYN_RECEIVED, SYN_SENT_2 -> Validity.PENDING;
      case ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK -> Validity.VALID;
      case TIME_WAIT, CLOSE -> Validity.INVALIDATED;
    };
  }

  private static Duration duration(Instant start, Instant now) {
    Duration duration = Duration.between(start, now);
    return duration.isNegative() ? Duration.ZERO : duration;
  }

  /**
   * {@code clear security flow session …}.
   *
   * @throws IOException if the kernel does not end them
   */
  public static Page clear(FlowSessionQuery query, FlowTable table, FlowNames names)
      throws IOException {
    int cleared = table.clear(query.filter(), query.test(names));
    return new Page("flow-session-information")
        .line("%d active sessions cleared", cleared)
        .leaf("displayed-session-count", cleared);
  }
}
