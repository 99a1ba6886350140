package dev.culvert.daemon.diagnosis;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.daemon.diagnosis.Finding.Kind;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.SelectorView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What keeps a tunnel down, or keeps packets out of one that is up. It says what is known to be so:
 * a fact first, then what that means, then the statement that mends it. What is merely unusual is
 * not told.
 */
public final class TunnelDiagnosis {
  /** Fewer that stay without an answer may have been meant so. */
  private static final int UNANSWERED = 3;

  private final KnownTunnel tunnel;
  private final VpnStateView vpn;
  private final InterfaceName unit;
  private final List<Finding> findings = new ArrayList<>();

  private TunnelDiagnosis(KnownTunnel tunnel) {
    this.tunnel = tunnel;
    this.vpn = tunnel.vpn();
    this.unit = vpn.bindInterface();
  }

  /** The gravest first; empty where nothing is wrong that this router can see. */
  public static List<Finding> of(KnownTunnel tunnel) {
    TunnelDiagnosis diagnosis = new TunnelDiagnosis(tunnel);
    if (!tunnel.vpn().up()) {
      diagnosis.down();
    } else {
      diagnosis.device();
      diagnosis.selectors();
      diagnosis.routes();
      diagnosis.zone();
      diagnosis.oneWay();
      diagnosis.drops();
    }
    return List.copyOf(diagnosis.findings);
  }

  private void add(Kind kind, String text, String... remedies) {
    findings.add(new Finding(kind, text, List.of(remedies)));
  }

  // Down.

  private void down() {
    if (vpn.lastFailure().isEmpty() && vpn.reason() == DownReason.NOT_STARTED) {
      notStarted();
      return;
    }
    String text = vpn.lastFailure().isEmpty() ? vpn.reason().label() : vpn.lastFailure();
    findings.add(new Finding(Kind.DOWN, text, vpn.remedies()));
  }

  private void notStarted() {
    String immediately = "set security ipsec vpn " + vpn.vpn() + " establish-tunnels immediately";
    switch (vpn.establishTunnels()) {
      case "responder-only" ->
          add(
              Kind.DOWN,
              "it waits for the peer to begin (establish-tunnels responder-only), which has not"
                  + " called yet",
              "peer: let it begin, with our address as its gateway",
              immediately);
      case "on-traffic" -> {
        if (leadsNowhere()) {
          add(
              Kind.DOWN,
              "the first packet routed into "
                  + unit
                  + " would bring it up (establish-tunnels on-traffic), and no route leads there"
                  + hiddenRoutes(),
              route(),
              immediately);
        } else {
          add(
              Kind.DOWN,
              "the first packet routed into "
                  + unit
                  + " brings it up (establish-tunnels on-traffic), and none has come yet",
              immediately);
        }
      }
      default -> add(Kind.DOWN, "no negotiation has begun yet");
    }
  }

  // Up, and no traffic.

  private void device() {
    InterfaceState state = tunnel.unit();
    if (state == null || state.index() == 0) {
      add(
          Kind.NO_TRAFFIC,
          "there is no device " + unit + ": show system status says what the machine refuses",
          "set interfaces st0 unit " + unit.unit() + " family inet");
    } else if (!state.up()) {
      add(
          Kind.NO_TRAFFIC,
          "the interface " + unit + " is down, though its tunnel is up",
          "delete interfaces st0 unit " + unit.unit() + " disable");
    }
  }

  private void selectors() {
    for (SelectorView selector : vpn.selectors()) {
      if (!selector.up() && !selector.lastFailure().isEmpty()) {
        findings.add(
            new Finding(
                Kind.NO_TRAFFIC,
                "traffic selector " + selector.configured().name() + ": " + selector.lastFailure(),
                selector.remedies()));
      }
    }
  }

  private void routes() {
    if (leadsNowhere()) {
      add(
          Kind.NO_TRAFFIC,
          "no route leads into "
              + unit
              + ", so nothing is sent to the peer's networks"
              + hiddenRoutes(),
          route());
    }
  }

  /** A backup is no fault: its routes stand behind those of another tunnel. */
  private boolean leadsNowhere() {
    return tunnel.routes().isEmpty() && tunnel.standby().isEmpty();
  }

  private String route() {
    return "set routing-options static route PREFIX next-hop "
        + unit
        + ", or a routing protocol over it";
  }

  private String hiddenRoutes() {
    StringBuilder text = new StringBuilder();
    tunnel.hidden().entrySet().stream()
        .limit(3)
        .forEach(hidden ->
            text.append("; ")
                .append(hidden.getKey())
                .append(" is not used: ")
                .append(hidden.getValue()));
    return text.toString();
  }

  private void zone() {
    if (!tunnel.ruleset().hasZones()) {
      return;
    }
    Optional<Zone> zone = tunnel.ruleset().zoneOf(unit);
    if (zone.isEmpty()) {
      add(
          Kind.NO_TRAFFIC,
          unit + " is in no zone: nothing is forwarded from it or to it",
          "set security zones security-zone ZONE interfaces " + unit);
      return;
    }
    String name = zone.get().name();
    if (zone.get().kind() == Zone.Kind.MANAGEMENT) {
      add(
          Kind.NO_TRAFFIC,
          unit + " is in the management zone: nothing is forwarded from it or to it",
          "delete security zones functional-zone management interfaces " + unit,
          "set security zones security-zone ZONE interfaces " + unit);
      return;
    }
    boolean into = isPermitted(PolicyContext.ZonePair::to, name);
    boolean outOf = isPermitted(PolicyContext.ZonePair::from, name);
    if (!into) {
      add(
          Kind.NO_TRAFFIC,
          "no policy lets anything into zone " + name + ", where " + unit + " is",
          "set security policies from-zone ZONE to-zone " + name + " policy NAME …");
    }
    if (!outOf) {
      add(
          Kind.NO_TRAFFIC,
          "no policy lets the other side begin anything: none is from zone " + name,
          "set security policies from-zone " + name + " to-zone ZONE policy NAME …");
    }
  }

  /**
   * Some policy permits something between that zone, on that side, and another that is forwarded.
   */
  private boolean isPermitted(Function<PolicyContext.ZonePair, String> side, String zone) {
    PolicyTable policies = tunnel.ruleset().policies();
    if (policies.defaultPermit()) {
      return true;
    }
    for (Zone other : tunnel.ruleset().zones()) {
      for (PolicyContext.ZonePair pair :
          List.of(
              new PolicyContext.ZonePair(zone, other.name()),
              new PolicyContext.ZonePair(other.name(), zone))) {
        boolean permits =
            side.apply(pair).equals(zone)
                && policies.between(pair).stream().anyMatch(TunnelDiagnosis::permits);
        if (permits) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean permits(Policy policy) {
    return policy.active() && policy.action() == Policy.Action.PERMIT;
  }

  private void oneWay() {
    long sent = tunnel.sent();
    long received = tunnel.received();
    if (sent >= UNANSWERED && received == 0) {
      boolean isNative = tunnel.sas().stream().noneMatch(IpsecSaView::udpEncapsulated);
      String text =
          sent
              + " packets have gone to the peer by the present SAs and none has come back: it has no"
              + " route to our networks through the tunnel, drops them, or does not get them";
      if (isNative) {
        add(
            Kind.NO_TRAFFIC,
            text,
            "peer: a route to our networks through its tunnel, and a policy that lets them in",
            "set security ike gateway "
                + vpn.gateway()
                + " force-udp-encapsulation, if something"
                + " on the way drops IP protocol 50");
      } else {
        add(
            Kind.NO_TRAFFIC,
            text,
            "peer: a route to our networks through its tunnel, and a policy that lets them in");
      }
    } else if (received >= UNANSWERED && sent == 0) {
      add(
          Kind.NO_TRAFFIC,
          received
              + " packets have come from the peer by the present SAs and none has gone back: their"
              + " answers take another route, or are dropped before the tunnel",
          "set routing-options static route PREFIX next-hop " + unit + ", for where they come from",
          "test security path from DESTINATION to SOURCE says what becomes of the answers");
    }
  }

  // Losses.

  private void drops() {
    TunnelCounters counters = tunnel.counters();
    if (counters == null) {
      return;
    }
    String ipsec = "set security ipsec vpn " + vpn.vpn();
    drop(
        counters,
        DropCause.SELECTOR,
        "packets lay outside the traffic selectors",
        "set security ipsec vpn " + vpn.vpn() + " traffic-selector NAME …, the same at the peer");
    drop(
        counters,
        DropCause.REPLAY,
        "packets came twice, or too late for the replay window",
        ipsec + " ike anti-replay-window-size N, if the path reorders");
    drop(
        counters,
        DropCause.MTU,
        "packets were too big for the tunnel and must not be fragmented; their senders were told",
        "set security flow tcp-mss ipsec-vpn mss N, if senders do not listen");
    drop(counters, DropCause.AUTHENTICATION, "packets were not the peer's, or changed on the way");
    drop(
        counters,
        DropCause.NO_PORT,
        "packets found no socket at the local address of their SA",
        "set security ike gateway " + vpn.gateway() + " local-address ADDRESS");
    drop(
        counters,
        DropCause.LIFETIME,
        "packets came after the SA's lifetime in kilobytes or packets, before the next was there",
        "set security ipsec proposal NAME lifetime-kilobytes N, larger");
  }

  private void drop(TunnelCounters counters, DropCause cause, String what, String... remedies) {
    long count = counters.dropped(cause);
    if (count > 0) {
      add(Kind.LOSS, count + " " + what + " (" + cause.label() + ")", remedies);
    }
  }
}
