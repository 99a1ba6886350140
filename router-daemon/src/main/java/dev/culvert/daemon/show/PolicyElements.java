package dev.culvert.daemon.show;

import static dev.culvert.daemon.show.PolicyWords.actions;
import static dev.culvert.daemon.show.PolicyWords.fromZone;
import static dev.culvert.daemon.show.PolicyWords.logOf;
import static dev.culvert.daemon.show.PolicyWords.protocolOf;
import static dev.culvert.daemon.show.PolicyWords.stateOf;
import static dev.culvert.daemon.show.PolicyWords.toZone;
import static dev.culvert.daemon.show.PolicyWords.yesOrNo;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Policies as elements, by Junos' names. */
final class PolicyElements {
  private PolicyElements() {}

  /** The policy as an element, as it stands in several pages. */
  static Element.Builder information(PolicyViews views, Policy policy, boolean detail) {
    Element.Builder entry =
        Element.builder("policy-information")
            .leaf("policy-name", policy.name())
            .leaf("policy-state", stateOf(policy))
            .leaf("policy-identifier", policy.index())
            .leaf("scope-policy-identifier", 0)
            .leaf("policy-sequence-number", views.sequenceNumber(policy))
            .leafIfPresent("policy-description", policy.description());
    entry.child(contextOf(policy.context()));
    if (policy.context() instanceof PolicyContext.Global global) {
      zones(entry, "source", global.fromZones());
      zones(entry, "destination", global.toZones());
    }
    addresses(entry, views, "source", fromZone(policy), policy.source(), detail);
    addresses(entry, views, "destination", toZone(policy), policy.destination(), detail);
    Element.Builder applications = Element.builder("applications");
    for (Application application : policy.applications()) {
      applications.child(application(application, detail));
    }
    entry.child(applications);
    Element.Builder action =
        Element.builder("policy-action").leaf("action-type", actions(policy).getFirst());
    actions(policy).stream().skip(1).forEach(action::empty);
    entry.child(action);
    List<String> log = logOf(policy);
    if (detail && !log.isEmpty()) {
      Element.Builder logs = Element.builder("policy-log");
      if (policy.log().sessionInit()) {
        logs.empty("log-session-creation");
      }
      if (policy.log().sessionClose()) {
        logs.empty("log-session-close");
      }
      entry.child(logs);
    }
    if (policy.schedulerName() != null) {
      entry.child(
          Element.builder("policy-scheduler")
              .leaf("attached-scheduler-name", policy.schedulerName()));
    }
    if (detail) {
      entry.child(tcpOptions(policy.tcpOptions()));
      entry.child(
          Element.builder("policy-statistics-information")
              .leaf("policy-lookups", views.hits(policy)));
    }
    return entry;
  }

  static Element.Builder contextOf(PolicyContext context) {
    Element.Builder element = Element.builder("context-information");
    return switch (context) {
      case ZonePair(String from, String to) ->
          element.leaf("source-zone-name", from).leaf("destination-zone-name", to);
      case PolicyContext.Global global -> element.empty("global-context");
    };
  }

  private static void zones(Element.Builder entry, String side, Collection<String> zones) {
    if (!zones.isEmpty()) {
      Element.Builder all = Element.builder("multiple-" + side + "-zones");
      zones.forEach(
          zone -> all.child(Element.builder(side + "-zone").leaf(side + "-zone-name", zone)));
      entry.child(all);
    }
  }

  private static void addresses(
      Element.Builder entry,
      PolicyViews views,
      String side,
      @Nullable String zone,
      AddressMatch match,
      boolean detail) {
    Element.Builder all = Element.builder(side + "-addresses");
    for (String word : match.words()) {
      Element.Builder address = Element.builder(side + "-address").leaf("address-name", word);
      if (detail) {
        Element.Builder prefixes = Element.builder("prefixes");
        views.addresses(zone, word).ranges().stream()
            .flatMap(range -> range.asPrefix().stream())
            .forEach(prefix -> prefixes.leaf("address-prefix", prefix.toString()));
        address.child(prefixes);
        for (AddressRange range : views.addresses(zone, word).ranges()) {
          if (range.asPrefix().isEmpty()) {
            address.child(
                Element.builder("address-range")
                    .leaf("address-low", range.low().toString())
                    .leaf("address-high", range.high().toString()));
          }
        }
      }
      all.child(address);
    }
    entry.child(all);
  }

  private static Element.Builder application(Application application, boolean detail) {
    Element.Builder element =
        Element.builder("application").leaf("application-name", application.name());
    if (detail) {
      for (ApplicationTerm term : application.terms()) {
        element.child(termElement(term));
      }
    }
    return element;
  }

  private static Element.Builder termElement(ApplicationTerm term) {
    ServiceMatch match = term.match();
    Element.Builder element =
        Element.builder("application-term").leaf("protocol", protocolOf(match));
    if (term.alg() != null) {
      element.leaf("alg-name", term.alg().junosName());
    }
    if (term.inactivityTimeout() != null) {
      element.leaf("inactivity-timeout", term.inactivityTimeout().toSeconds());
    }
    if (ServiceMatch.hasPorts(match.protocol())) {
      element
          .child(ports("source-port-range", match.sourcePorts()))
          .child(ports("destination-port-range", match.destinationPorts()));
    } else if (match.icmpType() != null) {
      element.child(
          Element.builder("icmp-info")
              .leaf("icmp-type", match.icmpType())
              .leaf("icmp-code", PolicyWords.any(match.icmpCode())));
    }
    return element;
  }

  private static Element.Builder ports(String name, PortRange ports) {
    return Element.builder(name).leaf("low", ports.low()).leaf("high", ports.high());
  }

  private static Element.Builder tcpOptions(Policy.TcpOptions options) {
    Element.Builder element =
        Element.builder("policy-tcp-options")
            .leaf("policy-tcp-options-syn-check", yesOrNo(options.synCheckRequired()))
            .leaf("policy-tcp-options-sequence-check", yesOrNo(options.sequenceCheckRequired()));
    if (options.initialMss() != 0) {
      element.leaf("policy-tcp-options-initial-tcp-mss", options.initialMss());
    }
    if (options.reverseMss() != 0) {
      element.leaf("policy-tcp-options-reverse-tcp-mss", options.reverseMss());
    }
    return element;
  }
}
