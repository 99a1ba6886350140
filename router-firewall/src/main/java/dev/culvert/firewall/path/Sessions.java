package dev.culvert.firewall.path;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.ConntrackSettings;
import dev.culvert.firewall.path.SessionReview.Seen;
import dev.culvert.firewall.path.SessionReview.Verdict;
import dev.culvert.firewall.path.Tracking.State;
import dev.culvert.firewall.ruleset.FlowOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection table: what the kernel's connection tracking says of packets, by the same rules
 * but for TCP's sequence numbers, which nobody looks at here. Not safe to share.
 */
public final class Sessions {
  private static final int NEIGHBOR_DISCOVERY_FIRST = 133;
  private static final int NEIGHBOR_DISCOVERY_LAST = 136;
  private static final int MLD_FIRST = 130;
  private static final int MLD_LAST = 132;
  private static final int MLD_V2_REPORT = 143;

  private record Direction(Session session, boolean reply) {}

  private FlowOptions options;

  /** How long sessions live whose application says nothing. */
  private ConntrackSettings settings;

  private final Map<Flow, Direction> byFlow = new LinkedHashMap<>();

  /** How many there may be until those that have expired are looked for. */
  private int sweepAt = 1024;

  /**
   * @param options how long TCP sessions live, and what ends them
   */
  public Sessions(FlowOptions options) {
    this.options = options;
    this.settings = ConntrackSettings.of(options);
  }

  /** For packets and sessions from here on. */
  public void configured(FlowOptions after) {
    options = after;
    settings = ConntrackSettings.of(after);
  }

  /** Every session, in the order in which they began. */
  public List<Session> all(Instant now) {
    return byFlow.values().stream()
        .filter(d -> !d.reply() && d.session().expires().isAfter(now))
        .map(Direction::session)
        .toList();
  }

  /** What a packet is to the sessions there are; changes nothing. */
  public Tracking track(PacketHeaders packet, Instant now) {
    Flow flow = packet.flow();
    if (isUntracked(flow)) {
      return Tracking.of(State.UNTRACKED);
    }
    if (packet.about() != null) {
      Direction direction = find(packet.about().reversed(), now);
      return direction == null
          ? Tracking.of(State.INVALID)
          : new Tracking(State.RELATED, direction.session(), direction.reply());
    }
    Direction direction = find(flow, now);
    if (direction == null || reopens(packet, direction)) {
      return Tracking.of(mayBegin(packet) ? State.NEW : State.INVALID);
    }
    boolean established = direction.reply() || direction.session().answered();
    return new Tracking(
        established ? State.ESTABLISHED : State.NEW, direction.session(), direction.reply());
  }

  private @Nullable Direction find(Flow flow, Instant now) {
    Direction direction = byFlow.get(flow);
    return direction != null && direction.session().expires().isAfter(now) ? direction : null;
  }

  /** Whether another connection takes the place of one that is over. */
  private static boolean reopens(PacketHeaders packet, Direction direction) {
    return packet.flow().protocol() == ServiceMatch.TCP
        && packet.beginsConnection()
        && direction.session().phase().isOver();
  }

  private boolean mayBegin(PacketHeaders packet) {
    if (packet.flow().isIcmp()) {
      return packet.flow().isQuestion();
    }
    if (packet.flow().protocol() != ServiceMatch.TCP) {
      return true;
    }
    boolean lone =
        packet.has(PacketHeaders.ACK)
            && !packet.has(PacketHeaders.SYN)
            && !packet.has(PacketHeaders.RST)
            && !packet.has(PacketHeaders.FIN);
    // Whether that is enough the zones say: see FlowOptions.synCheck.
    return packet.beginsConnection() || lone;
  }

  /** As Linux has it: they are looked up nowhere. */
  private static boolean isUntracked(Flow flow) {
    int type = flow.icmpType();
    return flow.protocol() == ServiceMatch.ICMPV6
        && flow.source().family() == AddressFamily.INET6
        && ((type >= NEIGHBOR_DISCOVERY_FIRST && type <= NEIGHBOR_DISCOVERY_LAST)
            || (type >= MLD_FIRST && type <= MLD_LAST)
            || type == MLD_V2_REPORT);
  }

  /** Whether no session's answers look like that. */
  boolean isFree(Flow answers, Instant now) {
    return find(answers, now) == null;
  }

  /**
   * Takes note of a packet that was looked at: one that begins a session and passes makes it, one
   * that belongs to a session keeps it alive, whether it passes or not.
   *
   * @param verdict of a walk with these sessions at this time
   */
  public void accept(PathVerdict verdict, Instant now) {
    Tracking tracking = verdict.tracking();
    if (tracking.state() == State.RELATED) {
      return;
    }
    Session session = tracking.session();
    if (session == null) {
      if (tracking.state() != State.NEW || !verdict.permitted()) {
        return;
      }
      session = verdict.newSession();
      begin(session, now);
    } else if (verdict.endsSession()) {
      remove(session);
      return;
    }
    progress(session, verdict.packet(), tracking.reply());
    session.expires = now.plus(lifetime(session));
  }

  private void begin(Session session, Instant now) {
    if (byFlow.size() >= sweepAt) {
      expire(now);
      sweepAt = Math.max(sweepAt, byFlow.size() * 2);
    }
    for (Flow flow : List.of(session.original(), session.translated().reversed())) {
      Direction before = byFlow.get(flow);
      if (before != null) {
        remove(before.session());
      }
    }
    byFlow.put(session.original(), new Direction(session, false));
    byFlow.putIfAbsent(session.translated().reversed(), new Direction(session, true));
  }

  /** Forgets those whose time is over. */
  public void expire(Instant now) {
    byFlow.values().removeIf(d -> !d.session().expires().isAfter(now));
  }

  /** Does with each what a review says of it. */
  public void review(SessionReview review, RouteLookup routes, Instant now) {
    for (Session session : all(now)) {
      Seen seen = new Seen(session.original(), session.translated(), session.policy(), false);
      switch (review.judge(seen, routes)) {
        case Verdict.GoesOn goesOn -> {}
        case Verdict.Ends ends -> remove(session);
        case Verdict.MovesTo(int policy) -> session.policy = policy;
      }
    }
  }

  private void remove(Session session) {
    byFlow.values().removeIf(d -> d.session() == session);
  }

  private void progress(Session session, PacketHeaders packet, boolean reply) {
    session.answered |= reply;
    if (packet.flow().protocol() != ServiceMatch.TCP) {
      session.phase = Session.Phase.OPEN;
      return;
    }
    session.phase =
        switch (session.phase) {
          case OPENING, OPEN -> {
            if (packet.has(PacketHeaders.RST)) {
              yield Session.Phase.RESET;
            }
            if (packet.has(PacketHeaders.FIN)) {
              yield options.finInvalidatesSession() ? Session.Phase.CLOSED : Session.Phase.CLOSING;
            }
            boolean opens = !reply && session.answered && packet.has(PacketHeaders.ACK);
            yield opens ? Session.Phase.OPEN : session.phase;
          }
          case CLOSING -> {
            if (packet.has(PacketHeaders.RST)) {
              yield Session.Phase.RESET;
            }
            yield packet.has(PacketHeaders.FIN) ? Session.Phase.CLOSED : Session.Phase.CLOSING;
          }
          case CLOSED, RESET -> session.phase;
        };
  }

  private Duration lifetime(Session session) {
    Duration wanted = session.inactivityTimeout();
    return switch (session.original().protocol()) {
      case ServiceMatch.TCP ->
          switch (session.phase) {
            case OPENING ->
                kernels(session.answered ? "tcp_timeout_syn_recv" : "tcp_timeout_syn_sent");
            case OPEN -> wanted == null ? kernels("tcp_timeout_established") : wanted;
            case CLOSING -> kernels("tcp_timeout_fin_wait");
            case CLOSED -> kernels("tcp_timeout_time_wait");
            case RESET -> kernels("tcp_timeout_close");
          };
      case ServiceMatch.UDP -> {
        Duration otherwise = kernels(session.answered ? "udp_timeout_stream" : "udp_timeout");
        yield wanted == null ? otherwise : wanted;
      }
      // Applications say nothing of what has no ports: see InactivityTimeouts.
      case ServiceMatch.ICMP -> kernels("icmp_timeout");
      case ServiceMatch.ICMPV6 -> kernels("icmpv6_timeout");
      default -> kernels("generic_timeout");
    };
  }

  private Duration kernels(String setting) {
    return Duration.ofSeconds(settings.seconds("nf_conntrack_" + setting));
  }
}
