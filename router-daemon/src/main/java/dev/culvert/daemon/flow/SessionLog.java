package dev.culvert.daemon.flow;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Decoded;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.tun.conntrack.LoggedPacket;
import dev.culvert.tun.conntrack.Session;
import dev.culvert.tun.conntrack.SessionEvent;
import dev.culvert.tun.conntrack.SessionTuple;
import dev.culvert.tun.conntrack.TcpState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What policies with {@code then log} say of sessions, under the tags and keys of Junos' RT_FLOW.
 * Anybody can make sessions begin: so many a second are logged, the others are counted. Confined to
 * one thread.
 */
final class SessionLog {
  /** Lines a second, and as many at once. */
  static final int MOST_A_SECOND = 200;

  private static final String UNKNOWN = "N/A";

  private final Consumer<? super Notice> notices;
  private final Map<Integer, Policy> policies = new HashMap<>();
  private final Map<Integer, InterfaceName> interfaces = new HashMap<>();
  private Ruleset ruleset = Ruleset.EMPTY;
  private Instant second = Instant.MIN;
  private int writtenInSecond;
  private long heldBackInSecond;
  private long written;
  private long heldBack;
  private long lost;

  SessionLog(Consumer<? super Notice> notices) {
    this.notices = notices;
  }

  /** From here on sessions are logged as these policies say. */
  void configure(Ruleset after) {
    ruleset = after;
    policies.clear();
    after.policies().all().forEach(policy -> policies.put(policy.index(), policy));
  }

  void interfacesChanged(List<InterfaceState> states) {
    interfaces.clear();
    states.forEach(state -> interfaces.put(state.index(), state.name()));
  }

  /** Whether a policy wants the begin of sessions logged. */
  boolean wantsBegin() {
    return policies.values().stream()
        .anyMatch(policy -> permits(policy) && policy.log().sessionInit());
  }

  /** Whether a policy wants the end of sessions logged. */
  boolean wantsEnd() {
    return policies.values().stream()
        .anyMatch(policy -> permits(policy) && policy.log().sessionClose());
  }

  /** Whether a policy wants what it denies logged. */
  boolean wantsDenied() {
    return policies.values().stream()
        .anyMatch(policy ->
            !permits(policy) && (policy.log().sessionInit() || policy.log().sessionClose()));
  }

  private static boolean permits(Policy policy) {
    return policy.action() == Policy.Action.PERMIT;
  }

  void session(SessionEvent event, Instant now) {
    switch (event) {
      case SessionEvent.Opened(Session session) -> {
        Policy policy = policy(session);
        if (policy != null && policy.log().sessionInit()) {
          write("RT_FLOW_SESSION_CREATE", fields(session, policy), now);
        }
      }
      case SessionEvent.Closed(Session session) -> {
        Policy policy = policy(session);
        if (policy != null && policy.log().sessionClose()) {
          List<Object> fields = new ArrayList<>(List.of("reason", reason(session)));
          fields.addAll(fields(session, policy));
          fields.addAll(counts(session));
          write("RT_FLOW_SESSION_CLOSE", fields, now);
        }
      }
      case SessionEvent.Changed changed -> {
        // Nothing that is logged.
      }
      case SessionEvent.Lost(int events) -> lost("sessions", events);
    }
  }

  private @Nullable Policy policy(Session session) {
    return policies.get(NftNames.policyOf(session.mark()));
  }

  private List<Object> fields(Session session, Policy policy) {
    SessionTuple original = session.original();
    SessionTuple routed = session.asRouted();
    return List.of(
        "source-address", original.source(),
        "source-port", original.sourcePort(),
        "destination-address", original.destination(),
        "destination-port", original.destinationPort(),
        "nat-source-address", session.reply().destination(),
        "nat-source-port", translatedSourcePort(session),
        "nat-destination-address", routed.destination(),
        "nat-destination-port", routed.destinationPort(),
        "protocol-id", original.protocol(),
        "policy-name", policy.name(),
        "source-zone-name", fromZone(policy, null),
        "destination-zone-name", toZone(policy, null),
        "session-id", session.id());
  }

  private static int translatedSourcePort(Session session) {
    return session.original().upper() instanceof SessionTuple.Upper.Ports
        ? session.reply().destinationPort()
        : session.reply().sourcePort();
  }

  private static List<Object> counts(Session session) {
    Instant start = session.start();
    Instant stop = session.stop();
    long elapsed = start == null || stop == null ? 0 : Duration.between(start, stop).toSeconds();
    return List.of(
        "packets-from-client", session.originalCount().packets(),
        "bytes-from-client", session.originalCount().bytes(),
        "packets-from-server", session.replyCount().packets(),
        "bytes-from-server", session.replyCount().bytes(),
        "elapsed-time", Math.max(0, elapsed));
  }

  /** By Junos' words, as far as the kernel tells: one that is cleared ends as if it were idle. */
  private static String reason(Session session) {
    TcpState state = session.tcpState();
    return switch (state) {
      case null -> "idle Timeout";
      case TIME_WAIT, LAST_ACK, CLOSE_WAIT, FIN_WAIT -> "TCP FIN";
      case CLOSE -> "TCP RST";
      case NONE, SYN_SENT, SYN_RECEIVED, ESTABLISHED, SYN_SENT_2 -> "idle Timeout";
    };
  }

  /**
   * A packet that a policy has denied.
   *
   * @param policyIndex as the rule's prefix says; 0 for the default policy
   */
  void denied(LoggedPacket packet, int policyIndex, Instant now) {
    if (!(LoggedFlow.decode(packet.packet().reader()) instanceof Decoded.Ok<Flow>(Flow flow))) {
      return;
    }
    Policy policy = policies.get(policyIndex);
    InterfaceName in = interfaces.get(packet.inInterface());
    InterfaceName out = interfaces.get(packet.outInterface());
    write(
        "RT_FLOW_SESSION_DENY",
        List.of(
            "source-address", flow.source(),
            "source-port", flow.sourcePort(),
            "destination-address", flow.destination(),
            "destination-port", flow.isIcmp() ? 0 : flow.destinationPort(),
            "protocol-id", flow.protocol(),
            "icmp-type", flow.isIcmp() ? flow.icmpType() : 0,
            "policy-name", policy == null ? "default-deny" : policy.name(),
            "source-zone-name", fromZone(policy, in),
            "destination-zone-name", toZone(policy, out),
            "packet-incoming-interface", in == null ? UNKNOWN : in.toString()),
        now);
  }

  /** So many datagrams of the kernel's, about sessions or denied packets, did not reach us. */
  void lost(String about, long events) {
    lost += events;
    notices.accept(
        Notice.limited(Notice.Level.WARN, "RT_FLOW_EVENTS_LOST", "about", about, "count", events));
  }

  private String fromZone(@Nullable Policy policy, @Nullable InterfaceName in) {
    return policy != null && policy.context() instanceof PolicyContext.ZonePair(var from, var to)
        ? from
        : zone(in);
  }

  private String toZone(@Nullable Policy policy, @Nullable InterfaceName out) {
    return policy != null && policy.context() instanceof PolicyContext.ZonePair(var from, var to)
        ? to
        : zone(out);
  }

  private String zone(@Nullable InterfaceName name) {
    return name == null ? UNKNOWN : ruleset.zoneOf(name).map(Zone::name).orElse(UNKNOWN);
  }

  private void write(String tag, List<Object> fields, Instant now) {
    turn(now);
    if (writtenInSecond == MOST_A_SECOND) {
      heldBackInSecond++;
      heldBack++;
      return;
    }
    writtenInSecond++;
    written++;
    notices.accept(Notice.of(Notice.Level.INFO, tag, fields.toArray()));
  }

  /** Begins another second, and says what the last one has held back. */
  void turn(Instant now) {
    if (!now.isBefore(second) && now.isBefore(end())) {
      return;
    }
    second = now;
    writtenInSecond = 0;
    if (heldBackInSecond > 0) {
      notices.accept(Notice.of(Notice.Level.WARN, "RT_FLOW_SUPPRESSED", "count", heldBackInSecond));
      heldBackInSecond = 0;
    }
  }

  private Instant end() {
    return second.equals(Instant.MIN) ? second : second.plusSeconds(1);
  }

  /** When {@link #turn} has something to say; null for never. */
  @Nullable Instant nextDue() {
    return heldBackInSecond > 0 ? end() : null;
  }

  SessionLogCounts counts() {
    return new SessionLogCounts(written, heldBack, lost);
  }
}
