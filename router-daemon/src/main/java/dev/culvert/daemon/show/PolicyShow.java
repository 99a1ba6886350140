package dev.culvert.daemon.show;

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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code show security policies …}. */
public final class PolicyShow {
  private static final String GLOBAL_ZONE = "junos-global";

  /** All global policies stand below one heading. */
  private static final PolicyContext ANY_GLOBAL =
      new PolicyContext.Global(new TreeSet<>(), new TreeSet<>());

  private PolicyShow() {}

  /**
   * Which policies are shown.
   *
   * @param from zone, or null for any
   * @param to zone, or null for any
   * @param name of policies, or null for any
   * @param globalOnly without those of zone pairs
   */
  public record Selection(
      @Nullable String from, @Nullable String to, @Nullable String name, boolean globalOnly) {
    public static final Selection ALL = new Selection(null, null, null, false);

    /** Global ones belong to no pair of zones, whichever they name. */
    boolean has(Policy policy) {
      return (name == null || policy.name().equals(name))
          && switch (policy.context()) {
            case ZonePair pair ->
                !globalOnly
                    && (from == null || pair.from().equals(from))
                    && (to == null || pair.to().equals(to));
            case PolicyContext.Global global -> from == null && to == null;
          };
    }
  }

  /** {@code show security policies}: a few lines each. */
  public static Page brief(PolicyViews views, Selection selection) {
    Page page = head(views);
    PolicyContext last = null;
    Element.Builder policies = Element.builder("policies");
    Element.Builder context = Element.builder("security-context");
    for (Policy policy : selected(views, selection)) {
      PolicyContext heading =
          policy.context() instanceof PolicyContext.Global ? ANY_GLOBAL : policy.context();
      if (!heading.equals(last)) {
        if (last != null) {
          page.element(context.child(policies));
        }
        policies = Element.builder("policies");
        context = Element.builder("security-context").child(contextOf(policy.context()));
        page.line("%s", headingOf(heading));
        last = heading;
      }
      brief(page, policies, views, policy);
    }
    if (last != null) {
      page.element(context.child(policies));
    }
    return page;
  }

  private static Page head(PolicyViews views) {
    Page page = new Page("security-policies");
    if (!views.ruleset().hasZones()) {
      page.line("No security zones are configured: everything is forwarded");
      return page;
    }
    String action = views.ruleset().policies().defaultPermit() ? "permit-all" : "deny-all";
    page.line("Default policy: %s", action);
    return page.leaf("default-policy", action);
  }

  private static List<Policy> selected(PolicyViews views, Selection selection) {
    return views.ruleset().policies().all().stream().filter(selection::has).toList();
  }

  private static String headingOf(PolicyContext context) {
    return switch (context) {
      case ZonePair(String from, String to) -> "From zone: " + from + ", To zone: " + to;
      case PolicyContext.Global global -> "Global policies:";
    };
  }

  private static Element.Builder contextOf(PolicyContext context) {
    Element.Builder element = Element.builder("context-information");
    return switch (context) {
      case ZonePair(String from, String to) ->
          element.leaf("source-zone-name", from).leaf("destination-zone-name", to);
      case PolicyContext.Global global -> element.empty("global-context");
    };
  }

  private static void brief(Page page, Element.Builder policies, PolicyViews views, Policy policy) {
    page.line(
        "  Policy: %s, State: %s, Index: %d, Scope Policy: 0, Sequence number: %d",
        policy.name(), stateOf(policy), policy.index(), views.sequenceNumber(policy));
    if (policy.description() != null) {
      page.line("    Description: %s", policy.description());
    }
    if (policy.context() instanceof PolicyContext.Global global) {
      page.line("    From zones: %s", zonesOf(global.fromZones()));
      page.line("    To zones: %s", zonesOf(global.toZones()));
    }
    page.line("    %s: %s", labelOf("Source", policy.source()), words(policy.source()));
    page.line(
        "    %s: %s", labelOf("Destination", policy.destination()), words(policy.destination()));
    page.line("    Applications: %s", applications(policy));
    page.line("    Action: %s", String.join(", ", actions(policy)));
    scheduler(page, "    ", policy);
    policies.child(information(views, policy, false));
  }

  private static void scheduler(Page page, String indent, Policy policy) {
    if (policy.schedulerName() != null) {
      page.line("%sScheduler name: %s", indent, policy.schedulerName());
    }
  }

  private static String stateOf(Policy policy) {
    return policy.active() ? "enabled" : "inactive";
  }

  private static String zonesOf(Collection<String> zones) {
    return zones.isEmpty() ? "any" : String.join(", ", zones);
  }

  private static String labelOf(String side, AddressMatch match) {
    return side + " addresses" + (match.excluded() ? " (excluded)" : "");
  }

  private static String words(AddressMatch match) {
    return String.join(", ", match.words());
  }

  private static String applications(Policy policy) {
    return String.join(", ", policy.applications().stream().map(Application::name).toList());
  }

  private static List<String> actions(Policy policy) {
    List<String> actions = new ArrayList<>();
    actions.add(policy.action().name().toLowerCase(Locale.ROOT));
    if (policy.log().sessionInit() || policy.log().sessionClose()) {
      actions.add("log");
    }
    if (policy.count()) {
      actions.add("count");
    }
    if (policy.schedulerName() != null) {
      actions.add("scheduled");
    }
    return actions;
  }

  /** {@code show security policies detail}: with every address and port. */
  public static Page detail(PolicyViews views, Selection selection) {
    Page page = head(views);
    for (Policy policy : selected(views, selection)) {
      page.element(
          Element.builder("security-context")
              .child(contextOf(policy.context()))
              .child(Element.builder("policies").child(information(views, policy, true))));
      detail(page, views, policy);
    }
    return page;
  }

  private static void detail(Page page, PolicyViews views, Policy policy) {
    page.line(
        "Policy: %s, action-type: %s, State: %s, Index: %d, Scope Policy: 0",
        policy.name(),
        policy.action().name().toLowerCase(Locale.ROOT),
        stateOf(policy),
        policy.index());
    page.line("  Policy Type: Configured%s", isGlobal(policy) ? ", global" : "");
    if (policy.description() != null) {
      page.line("  Description: %s", policy.description());
    }
    page.line("  Sequence number: %d", views.sequenceNumber(policy));
    switch (policy.context()) {
      case ZonePair pair -> page.line("  %s", headingOf(pair));
      case PolicyContext.Global global -> {
        page.line("  From zones: %s", zonesOf(global.fromZones()));
        page.line("  To zones: %s", zonesOf(global.toZones()));
      }
    }
    addresses(page, views, "Source", fromZone(policy), policy.source());
    addresses(page, views, "Destination", toZone(policy), policy.destination());
    for (Application application : policy.applications()) {
      page.line("  Application: %s", application.name());
      application.terms().forEach(term -> term(page, term));
    }
    Policy.TcpOptions options = policy.tcpOptions();
    page.line(
        "  Per policy TCP Options: SYN check: %s, SEQ check: %s",
        yesOrNo(options.synCheckRequired()), yesOrNo(options.sequenceCheckRequired()));
    if (options.initialMss() != 0) {
      page.line("  Initial TCP MSS: %d", options.initialMss());
    }
    if (options.reverseMss() != 0) {
      page.line("  Reverse TCP MSS: %d", options.reverseMss());
    }
    List<String> log = logOf(policy);
    if (!log.isEmpty()) {
      page.line("  Session log: %s", String.join(", ", log));
    }
    scheduler(page, "  ", policy);
    page.line("  Policy statistics:");
    page.line("    %-18s: %d", "Policy lookups", views.hits(policy));
  }

  private static boolean isGlobal(Policy policy) {
    return policy.context() instanceof PolicyContext.Global;
  }

  private static List<String> logOf(Policy policy) {
    List<String> log = new ArrayList<>();
    if (policy.log().sessionInit()) {
      log.add("at-create");
    }
    if (policy.log().sessionClose()) {
      log.add("at-close");
    }
    return log;
  }

  private static String yesOrNo(boolean value) {
    return value ? "Yes" : "No";
  }

  private static @Nullable String fromZone(Policy policy) {
    return policy.context() instanceof ZonePair pair ? pair.from() : null;
  }

  private static @Nullable String toZone(Policy policy) {
    return policy.context() instanceof ZonePair pair ? pair.to() : null;
  }

  /** A line for each range of each name; of one whose addresses are not known yet the name. */
  private static void addresses(
      Page page, PolicyViews views, String side, @Nullable String zone, AddressMatch match) {
    page.line("  %s:", labelOf(side, match));
    for (String word : match.words()) {
      List<AddressRange> ranges = views.addresses(zone, word).ranges();
      if (ranges.isEmpty()) {
        page.line("    %s: no address known", word);
      }
      ranges.forEach(range -> page.line("    %s: %s", word, range));
    }
  }

  private static void term(Page page, ApplicationTerm term) {
    ServiceMatch match = term.match();
    page.line(
        "    IP protocol: %s, ALG: %s, Inactivity timeout: %s",
        protocolOf(match),
        term.alg() == null ? "0" : term.alg().junosName(),
        term.inactivityTimeout() == null
            ? "default"
            : Long.toString(term.inactivityTimeout().toSeconds()));
    if (ServiceMatch.isIcmp(match.protocol())) {
      page.line(
          "      ICMP Information: type=%s, code=%s", any(match.icmpType()), any(match.icmpCode()));
    } else if (ServiceMatch.hasPorts(match.protocol())) {
      page.line("      Source port range: %s", bracketed(match.sourcePorts()));
      page.line("      Destination ports: %s", bracketed(match.destinationPorts()));
    }
  }

  private static String protocolOf(ServiceMatch match) {
    return match.protocol() == ServiceMatch.ANY_PROTOCOL
        ? "any"
        : FlowProtocols.name(match.protocol());
  }

  private static String any(@Nullable Integer value) {
    return value == null ? "any" : value.toString();
  }

  private static String bracketed(PortRange ports) {
    return "[" + ports.low() + "-" + ports.high() + "]";
  }

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
              .leaf("icmp-code", any(match.icmpCode())));
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

  /** {@code show security policies hit-count}. */
  public static Page hitCount(PolicyViews views, Selection selection) {
    Page page = new Page("policy-hit-count");
    if (!views.ruleset().hasZones()) {
      return page.line("No security zones are configured: everything is forwarded");
    }
    page.line(
        "%-7s %-16s %-16s %-24s %-14s %s",
        "Index", "From zone", "To zone", "Name", "Policy count", "Action");
    List<Policy> policies = selected(views, selection);
    int index = 0;
    for (Policy policy : policies) {
      index++;
      String from = isGlobal(policy) ? GLOBAL_ZONE : String.valueOf(fromZone(policy));
      String to = isGlobal(policy) ? GLOBAL_ZONE : String.valueOf(toZone(policy));
      String action = titled(policy.action());
      page.line(
          "%-7d %-16s %-16s %-24s %-14d %s",
          index, from, to, policy.name(), views.hits(policy), action);
      page.element(
          Element.builder("policy-hit-count-entry")
              .leaf("policy-hit-count-index", index)
              .leaf("policy-hit-count-from-zone", from)
              .leaf("policy-hit-count-to-zone", to)
              .leaf("policy-hit-count-policy-name", policy.name())
              .leaf("policy-hit-count-count", views.hits(policy))
              .leaf("policy-hit-count-action", action));
    }
    page.blank();
    page.line("Number of policy: %d", policies.size());
    page.leaf("policy-hit-count-num", policies.size());
    if (selection.equals(Selection.ALL)) {
      page.line("Matched by no policy: %d", views.defaultHits());
      page.leaf("default-policy-hit-count", views.defaultHits());
    }
    return page;
  }

  private static String titled(Policy.Action action) {
    return switch (action) {
      case PERMIT -> "Permit";
      case DENY -> "Deny";
      case REJECT -> "Reject";
    };
  }
}
