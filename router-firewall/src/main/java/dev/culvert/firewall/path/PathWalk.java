package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Outcome.Answer;
import dev.culvert.firewall.path.Tracking.State;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Zone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Ruleset} does to packets: the same as the kernel with what is rendered of it.
 *
 * <pre>
 *   screen -> session -> static NAT | destination NAT -> route -+-> zones -> policy ------+
 *                                                               +-> host-inbound (ends)   |
 *               leaves  <-  reverse static NAT | source NAT  <----------------------------+
 * </pre>
 *
 * <p>The rules of NAT and the policies are asked about the first packet of a session; what follows
 * is translated as the first was, is routed for itself, and passes. So a session goes on when its
 * route moves to an interface of another zone.
 *
 * <p>Rates (floods, scans, limits of sessions), what fragments do to each other, and TCP's sequence
 * numbers are not looked at: they take more than one packet to see.
 *
 * <p>Safe to share; the sessions are the caller's.
 */
public final class PathWalk {
  /**
   * Why a session ends whose source was the address of an interface that it no longer leaves by.
   */
  static final String MOVED_AWAY = "its source is the address of another interface";

  private static final int UDP_LITE = 136;
  private static final int DCCP = 33;

  /** Those with the Internet checksum over all they carry, or known to have none. */
  private static final Set<Integer> ANSWERED =
      Set.of(
          ServiceMatch.UDP,
          ServiceMatch.ICMP,
          ServiceMatch.ICMPV6,
          ServiceMatch.GRE,
          ServiceMatch.ESP,
          ServiceMatch.AH,
          ServiceMatch.SCTP,
          UDP_LITE,
          DCCP);

  private static final int DNS = 53;
  private static final int ROUTER_SOLICITATION = 133;
  private static final int ROUTER_ADVERTISEMENT = 134;
  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0.0");

  private final Ruleset ruleset;
  private final NatWalk nat;

  public PathWalk(Ruleset ruleset) {
    this(ruleset, flow -> flow.source().hashCode());
  }

  /**
   * @param whichOfMany which address of several that NAT may give a flow, by any number
   */
  public PathWalk(Ruleset ruleset, ToIntFunction<Flow> whichOfMany) {
    this.ruleset = ruleset;
    this.nat = new NatWalk(ruleset, whichOfMany);
  }

  /**
   * What happens to a packet. Changes nothing: see {@link Sessions#accept}.
   *
   * @param sessions there are at that time
   */
  public PathVerdict walk(
      PacketHeaders packet, RouteLookup routes, Sessions sessions, Instant now) {
    return new Walker(packet, routes, sessions, now).walk();
  }

  /** One packet on its way. */
  private final class Walker {
    private final PacketHeaders packet;
    private final RouteLookup routes;
    private final Sessions sessions;
    private final Instant now;
    private final List<PathStep> steps = new ArrayList<>();
    private final Tracking tracking;

    Walker(PacketHeaders packet, RouteLookup routes, Sessions sessions, Instant now) {
      this.packet = packet;
      this.routes = routes;
      this.sessions = sessions;
      this.now = now;
      this.tracking = sessions.track(packet, now);
    }

    PathVerdict walk() {
      Outcome outcome = outcome();
      Session session = tracking.session();
      Flow aboutLeaving =
          packet.about() != null && session != null
              ? session.leaving(tracking.reply()).reversed()
              : packet.about();
      return new PathVerdict(packet, steps, tracking, outcome, aboutLeaving);
    }

    private Outcome outcome() {
      InterfaceName in = packet.in();
      if (in != null && !in.equals(LOOPBACK)) {
        Optional<Outcome> screened = ruleset.zoneOf(in).flatMap(zone -> screened(zone, in));
        if (screened.isPresent()) {
          return screened.get();
        }
      }
      steps.add(new PathStep.SessionLookedUp(tracking));
      Flow flow = ledIn();
      RouteAnswer answer = routes.lookup(flow);
      steps.add(new PathStep.Routed(answer));
      return switch (answer) {
        case RouteAnswer.Unreachable unreachable ->
            denied(
                "there is no route to " + flow.destination(),
                "set routing-options static route " + flow.destination() + " next-hop GATEWAY",
                Answer.UNREACHABLE);
        case RouteAnswer.Local local ->
            in == null || in.equals(LOOPBACK)
                ? new Outcome.Delivered(leavingOf(flow))
                : towardRouter(in, flow);
        case RouteAnswer.Out out -> {
          Outcome.Denied denied =
              in == null ? deniedToRouter(out.out(), flow) : deniedThrough(in, out.out(), flow);
          yield denied != null ? denied : ledOut(in, out, flow);
        }
      };
    }

    // --- Screens
    // -----------------------------------------------------------------------------------

    private Optional<Outcome> screened(Zone zone, InterfaceName in) {
      Screen screen = zone.screen();
      if (screen == null) {
        return Optional.empty();
      }
      for (Screen.Anomaly anomaly : screen.anomalies()) {
        if (ScreenWalk.finds(anomaly, packet, in, routes)) {
          steps.add(
              new PathStep.Screened(zone.name(), screen, anomaly, !screen.alarmWithoutDrop()));
          if (!screen.alarmWithoutDrop()) {
            return Optional.of(
                denied(
                    "screen " + screen.name() + " drops it: " + anomaly.junosName(),
                    "delete security screen ids-option "
                        + screen.name()
                        + " "
                        + anomaly.junosName(),
                    Answer.NOTHING));
          }
        }
      }
      return Optional.empty();
    }

    // --- NAT
    // ---------------------------------------------------------------------------------------

    /** The flow with its destination translated. */
    private Flow ledIn() {
      Flow flow = packet.flow();
      Session session = tracking.session();
      if (session != null) {
        Flow leaving = session.leaving(tracking.reply());
        return tracking.state() == State.RELATED
            ? flow.withDestination(
                translatesDestination(session) ? leaving.destination() : flow.destination(),
                flow.destinationPort())
            : session.withDestination(flow, tracking.reply());
      }
      InterfaceName in = packet.in();
      if (tracking.state() != State.NEW || in == null) {
        return flow;
      }
      PathStep.StaticNat fixed = nat.staticNat(in, flow);
      if (fixed != null) {
        steps.add(fixed);
        return fixed.after();
      }
      PathStep.DestinationNat led = nat.destinationNat(in, flow);
      if (led != null) {
        steps.add(led);
        return led.after();
      }
      return flow;
    }

    private Flow arrivingOf(Session session) {
      return session.leaving(!tracking.reply()).reversed();
    }

    private boolean translatesDestination(Session session) {
      IpAddress arriving = arrivingOf(session).destination();
      return !arriving.equals(session.leaving(tracking.reply()).destination());
    }

    private boolean translatesSource(Session session) {
      IpAddress arriving = arrivingOf(session).source();
      return !arriving.equals(session.leaving(tracking.reply()).source());
    }

    /** The flow with its source translated, as far as its session says. */
    private Flow leavingOf(Flow flow) {
      Session session = tracking.session();
      if (session == null) {
        return flow;
      }
      Flow leaving = session.leaving(tracking.reply());
      if (tracking.state() != State.RELATED) {
        return leaving;
      }
      // An error from halfway comes from the address that its sender thinks it talks to.
      return translatesSource(session)
          ? flow.withSource(leaving.source(), flow.sourcePort())
          : flow;
    }

    private Outcome ledOut(@Nullable InterfaceName in, RouteAnswer.Out route, Flow flow) {
      Session session = tracking.session();
      if (session != null) {
        InterfaceName masqueradedBy = session.masqueradedBy();
        if (masqueradedBy != null && !tracking.reply() && !masqueradedBy.equals(route.out())) {
          return denied(MOVED_AWAY, "", Answer.NOTHING);
        }
        return new Outcome.Forwarded(leavingOf(flow), route);
      }
      if (tracking.state() != State.NEW) {
        return new Outcome.Forwarded(flow, route);
      }
      PathStep.ReverseStaticNat fixed = nat.reverseStaticNat(route.out(), flow);
      if (fixed != null) {
        steps.add(fixed);
        return new Outcome.Forwarded(fixed.after(), route);
      }
      PathStep.SourceNat given =
          nat.sourceNat(in, route, flow, answers -> sessions.isFree(answers, now));
      if (given != null) {
        steps.add(given);
        if (given.choice() != null && given.choice().alternatives().isEmpty()) {
          return denied(
              route.out() + " has no address for interface NAT",
              "set interfaces "
                  + route.out().physical()
                  + " unit "
                  + route.out().unit()
                  + " family inet address ADDRESS",
              Answer.NOTHING);
        }
        return new Outcome.Forwarded(given.after(), route);
      }
      return new Outcome.Forwarded(flow, route);
    }

    // --- Through the router
    // ------------------------------------------------------------------------

    private Outcome.@Nullable Denied deniedThrough(InterfaceName in, InterfaceName out, Flow flow) {
      if (!ruleset.hasZones()) {
        boolean untranslated =
            tracking.state() == State.INVALID && nat.translatesSourcesToward(out);
        return untranslated ? deniedAsInvalid() : null;
      }
      Optional<Zone> from = ruleset.zoneOf(in);
      Optional<Zone> to = ruleset.zoneOf(out);
      steps.add(
          new PathStep.Zones(from.map(Zone::name).orElse(null), to.map(Zone::name).orElse(null)));
      if (belongsToSession()) {
        return null;
      }
      if (tracking.state() == State.INVALID) {
        return deniedAsInvalid();
      }
      if (from.isEmpty()) {
        return deniedWithoutZone(in);
      }
      if (from.get().kind() == Zone.Kind.MANAGEMENT) {
        return deniedByManagement(from.get());
      }
      Outcome.Denied denied = deniedAsFirst(in, from.get(), flow);
      if (denied != null) {
        return denied;
      }
      if (to.isEmpty()) {
        return deniedWithoutZone(out);
      }
      if (to.get().kind() == Zone.Kind.MANAGEMENT) {
        return deniedByManagement(to.get());
      }
      ZonePair zones = new ZonePair(from.get().name(), to.get().name());
      return deniedByPolicy(
          zones, ruleset.policies().between(zones), flow, ruleset.policies().defaultPermit());
    }

    private static Outcome.Denied deniedWithoutZone(InterfaceName name) {
      return denied(
          name + " is in no zone",
          "set security zones security-zone ZONE interfaces " + name,
          Answer.NOTHING);
    }

    private static Outcome.Denied deniedByManagement(Zone zone) {
      return denied(
          "nothing is forwarded from or to the functional zone " + zone.name(), "", Answer.NOTHING);
    }

    /** What begins a session without being what begins one. */
    private Outcome.@Nullable Denied deniedAsFirst(InterfaceName in, Zone from, Flow flow) {
      FlowOptions options = ruleset.flow();
      boolean required = options.synCheck() && (!in.isSecureTunnel() || options.synCheckInTunnel());
      if (required && isTcp() && !packet.beginsConnection()) {
        return denied(
            "it belongs to no session and begins none",
            "set security flow tcp-session no-syn-check",
            from.tcpRst() ? Answer.TCP_RESET : Answer.NOTHING);
      }
      if (options.strictSynCheck() && isTcp() && packet.dataLength() > 0) {
        return denied(
            "it begins a session with data",
            "delete security flow tcp-session strict-syn-check",
            Answer.NOTHING);
      }
      if (!options.allowDnsReply() && packet.dnsResponse() && flow.sourcePort() == DNS) {
        return denied(
            "it is a DNS response to no request",
            "set security flow allow-dns-reply",
            Answer.NOTHING);
      }
      return null;
    }

    private boolean belongsToSession() {
      return tracking.state() == State.ESTABLISHED || tracking.state() == State.RELATED;
    }

    private boolean isTcp() {
      return packet.flow().protocol() == ServiceMatch.TCP;
    }

    private static Outcome.Denied deniedAsInvalid() {
      return denied("it belongs to no session and cannot begin one", "", Answer.NOTHING);
    }

    private Outcome.@Nullable Denied deniedByPolicy(
        ZonePair zones, List<Policy> policies, Flow flow, boolean otherwise) {
      for (Policy policy : policies) {
        if (PolicyMatch.matches(policy, flow)) {
          steps.add(new PathStep.PolicyMatched(zones, policy));
          return deniedBy(policy);
        }
      }
      steps.add(new PathStep.PolicyDefault(zones, otherwise));
      return otherwise
          ? null
          : denied(
              "no policy from zone " + zones.from() + " to zone " + zones.to() + " matches",
              PolicyMatch.statementToPermit(zones),
              Answer.NOTHING);
    }

    private Outcome.@Nullable Denied deniedBy(Policy policy) {
      boolean lacksSyn =
          policy.tcpOptions().synCheckRequired() && isTcp() && !packet.beginsConnection();
      if (policy.action() == Policy.Action.PERMIT && !lacksSyn) {
        return null;
      }
      Answer answer = policy.action() == Policy.Action.REJECT ? rejection() : Answer.NOTHING;
      return denied(
          lacksSyn ? "policy " + policy.name() + " requires a SYN" : "policy " + policy.name(),
          lacksSyn
              ? "delete " + PolicyMatch.path(policy) + " then permit tcp-options syn-check-required"
              : "set " + PolicyMatch.path(policy) + " then permit",
          answer);
    }

    /** The kernel tells the sender only of a packet whose checksum it can verify. */
    private Answer rejection() {
      return isTcp()
          ? Answer.TCP_RESET
          : ANSWERED.contains(packet.flow().protocol()) ? Answer.PROHIBITED : Answer.NOTHING;
    }

    // --- To and from the router
    // --------------------------------------------------------------------

    private Outcome towardRouter(InterfaceName in, Flow flow) {
      Outcome.Denied denied = deniedHostInbound(in, flow);
      return denied != null ? denied : new Outcome.Delivered(leavingOf(flow));
    }

    private Outcome.@Nullable Denied deniedHostInbound(InterfaceName in, Flow flow) {
      if (!ruleset.hasZones() || belongsToSession() || isNeighborDiscovery(flow)) {
        return null;
      }
      Optional<Zone> zone = ruleset.zoneOf(in);
      if (tracking.state() == State.INVALID && !isRouterDiscovery(flow)) {
        return deniedAsInvalid();
      }
      Optional<String> word = HostInboundWalk.allowing(ruleset.hostInbound(in), flow);
      steps.add(
          new PathStep.HostInbound(
              in,
              zone.map(Zone::name).orElse(null),
              word.or(() -> HostInboundWalk.wanted(flow)).orElse(null),
              word.isPresent()));
      if (zone.isEmpty()) {
        return deniedWithoutZone(in);
      }
      if (word.isEmpty()) {
        return denied(
            "zone " + zone.get().name() + " does not let it reach the router",
            HostInboundWalk.wanted(flow)
                .map(w ->
                    "set security zones "
                        + zoneWords(zone.get())
                        + " interfaces "
                        + in
                        + " host-inbound-traffic "
                        + w)
                .orElse(""),
            Answer.NOTHING);
      }
      ZonePair zones = new ZonePair(zone.get().name(), PolicyContext.JUNOS_HOST);
      return deniedByHostPolicy(zones, flow);
    }

    /** Without which IPv6 does not work on a link; routers' own part of it is a service. */
    private boolean isNeighborDiscovery(Flow flow) {
      return tracking.state() == State.UNTRACKED
          && flow.icmpType() != ROUTER_SOLICITATION
          && flow.icmpType() != ROUTER_ADVERTISEMENT;
    }

    /** Of IPv4, which connection tracking knows nothing of. */
    private static boolean isRouterDiscovery(Flow flow) {
      return flow.protocol() == ServiceMatch.ICMP
          && HostProtocol.ROUTER_DISCOVERY_ICMP.contains(flow.icmpType());
    }

    private static String zoneWords(Zone zone) {
      return switch (zone.kind()) {
        case SECURITY -> "security-zone " + zone.name();
        case MANAGEMENT -> "functional-zone management";
      };
    }

    private Outcome.@Nullable Denied deniedToRouter(InterfaceName out, Flow flow) {
      if (!ruleset.hasZones() || belongsToSession() || tracking.state() == State.UNTRACKED) {
        return null;
      }
      Optional<Zone> zone = ruleset.zoneOf(out);
      return zone.isEmpty()
          ? null
          : deniedByHostPolicy(new ZonePair(PolicyContext.JUNOS_HOST, zone.get().name()), flow);
    }

    /** Policies from and to {@code junos-host} forbid what they name; all else passes. */
    private Outcome.@Nullable Denied deniedByHostPolicy(ZonePair zones, Flow flow) {
      List<Policy> policies = ruleset.policies().ofHost(zones);
      return policies.isEmpty() ? null : deniedByPolicy(zones, policies, flow, true);
    }

    private static Outcome.Denied denied(String reason, String remedy, Answer answer) {
      return new Outcome.Denied(reason, remedy, answer);
    }
  }
}
