package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.NatChoice;
import dev.culvert.firewall.path.Outcome;
import dev.culvert.firewall.path.PacketHeaders;
import dev.culvert.firewall.path.PathStep;
import dev.culvert.firewall.path.PathVerdict;
import dev.culvert.firewall.path.PathWalk;
import dev.culvert.firewall.path.RouteAnswer;
import dev.culvert.firewall.path.Sessions;
import dev.culvert.firewall.path.Tracking;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code test security path}: what would become of the first packet of a session, and of the answer
 * to it, step by step. Sessions there are already count for nothing here, nor do rates.
 */
public final class PathShow {
  private static final int LABEL = 16;

  private final Page page = new Page("security-path-information");
  private final Ruleset ruleset;
  private final PathRoutes routes;
  private final RouterState router;
  private final Sessions sessions;
  private String trouble = "";
  private String remedy = "";

  private PathShow(Ruleset ruleset, RouterState router) {
    this.ruleset = ruleset;
    this.router = router;
    this.routes = new PathRoutes(router.interfaces(), router::routeTo);
    this.sessions = new Sessions(ruleset.flow());
  }

  /**
   * @return null if it is unknown by which interface the packet would come
   */
  public static @Nullable Page page(PathQuery query, RouterState router) {
    PathShow show = new PathShow(router.rulesetInForce(), router);
    Flow flow = query.flow();
    InterfaceName in = query.in();
    if (in == null && show.routes.owner(flow.source()).isEmpty()) {
      Flow back = Flow.of(flow.source(), flow.source(), flow.protocol());
      if (!(show.routes.lookup(back) instanceof RouteAnswer.Out out)) {
        return null;
      }
      in = out.out();
    }
    show.walk(in, flow);
    return show.page;
  }

  private void walk(@Nullable InterfaceName in, Flow flow) {
    page.line(
        "Packet %s, protocol %s, %s",
        words(flow),
        FlowProtocols.name(flow.protocol()),
        in == null ? "of the router itself" : "in by " + in);
    page.leaf("source-address", flow.source().toString());
    page.leaf("destination-address", flow.destination().toString());
    page.leaf("protocol", FlowProtocols.name(flow.protocol()));
    page.leaf("incoming-interface", in == null ? "self" : in.toString());
    PathVerdict there = direction("Forward", PacketHeaders.first(in, flow));
    sessions.accept(there, router.now());
    if (there.outcome() instanceof Outcome.Forwarded(Flow left, RouteAnswer.Out out)) {
      PathVerdict back = direction("Back", answer(out.out(), left.reversed()));
      if (back.outcome() instanceof Outcome.Forwarded(Flow answer, RouteAnswer.Out by)
          && !by.out().equals(in)) {
        page.line(
            "%-" + LABEL + "s%s", "  Note", "answers leave by " + by.out() + ", not by " + in);
      }
    }
    verdict(there);
  }

  private static PacketHeaders answer(InterfaceName in, Flow flow) {
    return flow.protocol() == ServiceMatch.TCP
        ? PacketHeaders.tcp(in, flow, PacketHeaders.SYN | PacketHeaders.ACK)
        : PacketHeaders.first(in, flow);
  }

  private PathVerdict direction(String title, PacketHeaders packet) {
    PathVerdict verdict = new PathWalk(ruleset).walk(packet, routes, sessions, router.now());
    page.blank();
    page.line("%s:", title);
    Element.Builder direction =
        Element.builder("path-direction")
            .leaf("path-direction-name", title.toLowerCase(Locale.ROOT));
    for (PathStep step : verdict.steps()) {
      step(direction, name(step), text(step), step.statement());
      if (step instanceof PathStep.Routed(RouteAnswer.Out out)) {
        interfaceSteps(direction, out.out());
      }
    }
    String end =
        switch (verdict.outcome()) {
          case Outcome.Forwarded(Flow flow, RouteAnswer.Out out) ->
              "by " + out.out() + " as " + words(flow);
          case Outcome.Delivered(Flow flow) -> "to the router itself as " + words(flow);
          case Outcome.Denied denied -> "";
        };
    if (verdict.outcome() instanceof Outcome.Denied(String reason, String cure, Outcome.Answer a)) {
      trouble(reason, cure);
      step(direction, "Denied", reason + told(a), "");
    } else {
      step(direction, "Leaves", end, "");
    }
    page.element(direction);
    return verdict;
  }

  private static String told(Outcome.Answer answer) {
    return switch (answer) {
      case NOTHING -> "; the sender is told nothing";
      case TCP_RESET -> "; the sender gets a TCP reset";
      case PROHIBITED -> "; the sender gets ICMP \"administratively prohibited\"";
      case UNREACHABLE -> "; the sender gets ICMP \"unreachable\"";
    };
  }

  private void trouble(String reason, String cure) {
    if (trouble.isEmpty()) {
      trouble = reason;
      remedy = cure;
    }
  }

  private void step(Element.Builder direction, String name, String text, String statement) {
    page.line("%-" + LABEL + "s%s", "  " + name, text);
    Element.Builder element =
        Element.builder("path-step").leaf("path-step-name", name).leaf("path-step-text", text);
    if (!statement.isEmpty()) {
      page.line("%-" + LABEL + "s%s", "", "[" + statement + "]");
      element.leaf("path-step-statement", statement);
    }
    direction.child(element);
  }

  // --- The way out -------------------------------------------------------------------------------

  private void interfaceSteps(Element.Builder direction, InterfaceName out) {
    Optional<InterfaceState> state = routes.state(out);
    if (out.isSecureTunnel()) {
      tunnel(direction, out);
    } else if (state.isPresent() && !state.get().up()) {
      trouble("interface " + out + " is down", "");
      step(direction, "Interface", out + " is down", "");
    }
    state.ifPresent(s -> step(direction, "MTU", s.mtu() + " octets on " + out, ""));
  }

  private void tunnel(Element.Builder direction, InterfaceName out) {
    List<VpnStateView> vpns =
        router.vpns().stream().filter(v -> v.bindInterface().equals(out)).toList();
    if (vpns.isEmpty()) {
      trouble("no vpn is bound to " + out, "set security ipsec vpn NAME bind-interface " + out);
      step(direction, "Tunnel", "no vpn is bound to " + out, "");
    }
    for (VpnStateView vpn : vpns) {
      String statement = "security ipsec vpn " + vpn.vpn();
      if (vpn.up()) {
        step(direction, "Tunnel", "vpn " + vpn.vpn() + " to " + vpn.remote() + " is up", statement);
      } else {
        String reason = "vpn " + vpn.vpn() + " is down: " + vpn.reason();
        trouble(reason, vpn.remedies().isEmpty() ? "" : vpn.remedies().getFirst());
        step(direction, "Tunnel", reason, statement);
      }
    }
    for (IpsecSaView sa : router.ipsecSas()) {
      if (sa.bindInterface().equals(out) && sa.inUse()) {
        step(
            direction,
            "SA",
            "SPI " + sa.outboundSpi() + " to " + sa.remote() + ", " + sa.algorithm().junosName(),
            "");
      }
    }
  }

  // --- Words -------------------------------------------------------------------------------------

  private static String name(PathStep step) {
    return switch (step) {
      case PathStep.Screened s -> "Screen";
      case PathStep.SessionLookedUp s -> "Session";
      case PathStep.StaticNat s -> "Static NAT";
      case PathStep.DestinationNat s -> "Dest. NAT";
      case PathStep.Routed s -> "Route";
      case PathStep.Zones s -> "Zones";
      case PathStep.PolicyMatched s -> "Policy";
      case PathStep.PolicyDefault s -> "Policy";
      case PathStep.HostInbound s -> "Host inbound";
      case PathStep.ReverseStaticNat s -> "Static NAT";
      case PathStep.SourceNat s -> "Source NAT";
    };
  }

  private static String text(PathStep step) {
    return switch (step) {
      case PathStep.Screened s ->
          s.anomaly().junosName() + (s.dropped() ? " is dropped" : " raises an alarm");
      case PathStep.SessionLookedUp(Tracking tracking) ->
          switch (tracking.state()) {
            case NEW -> "none: it begins one";
            case ESTABLISHED -> "belongs to " + (tracking.reply() ? "it as an answer" : "it");
            case RELATED -> "an error about it";
            case INVALID -> "none, and it cannot begin one";
            case UNTRACKED -> "not tracked";
          };
      case PathStep.StaticNat s -> became(s.before(), s.after());
      case PathStep.ReverseStaticNat s -> became(s.before(), s.after());
      case PathStep.DestinationNat s -> chosen(s.before(), s.after(), s.choice());
      case PathStep.SourceNat s -> chosen(s.before(), s.after(), s.choice());
      case PathStep.Routed(RouteAnswer answer) -> answer.why().toString();
      case PathStep.Zones s -> zone(s.from()) + " to " + zone(s.to());
      case PathStep.PolicyMatched s -> policy(s.policy());
      case PathStep.PolicyDefault s ->
          "none from "
              + s.zones().from()
              + " to "
              + s.zones().to()
              + " matches: "
              + (s.permit() ? "permit-all" : "deny-all");
      case PathStep.HostInbound s ->
          zone(s.zone())
              + (s.permitted() ? " lets in " : " does not let in ")
              + (s.word() == null ? "it" : s.word());
    };
  }

  private static String policy(Policy policy) {
    String action =
        switch (policy.action()) {
          case PERMIT -> "permit";
          case DENY -> "deny";
          case REJECT -> "reject";
        };
    String where = policy.context() instanceof PolicyContext.Global ? "global policy " : "";
    return where + policy.name() + ", index " + policy.index() + ": " + action;
  }

  private static String zone(@Nullable String name) {
    return name == null ? "no zone" : "zone " + name;
  }

  private static String became(Flow before, Flow after) {
    return words(before) + " becomes " + words(after);
  }

  private static String chosen(Flow before, Flow after, @Nullable NatChoice choice) {
    if (choice == null) {
      return "off: stays as it is";
    }
    boolean certain =
        choice.alternatives().size() == 1
            && choice
                .alternatives()
                .getFirst()
                .addresses()
                .low()
                .equals(choice.alternatives().getFirst().addresses().high());
    return became(before, after) + (certain ? "" : ", or another of the pool");
  }

  private static String words(Flow flow) {
    return flow.hasPorts()
        ? flow.source()
            + "/"
            + flow.sourcePort()
            + " to "
            + flow.destination()
            + "/"
            + flow.destinationPort()
        : flow.source() + " to " + flow.destination();
  }

  // --- The end -----------------------------------------------------------------------------------

  private void verdict(PathVerdict there) {
    page.blank();
    String verdict =
        there.permitted() ? (trouble.isEmpty() ? "permit" : "permit, but lost") : "deny";
    page.line("Verdict: %s%s", verdict, trouble.isEmpty() ? "" : ": " + trouble);
    page.leaf("path-verdict", there.permitted() ? "permit" : "deny");
    if (!trouble.isEmpty()) {
      page.leaf("path-trouble", trouble);
    }
    if (!remedy.isEmpty()) {
      page.line("To change it: %s", remedy);
      page.leaf("path-remedy", remedy);
    }
  }
}
