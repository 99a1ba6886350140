package dev.culvert.daemon.show;

import static dev.culvert.daemon.show.PolicyElements.contextOf;
import static dev.culvert.daemon.show.PolicyElements.information;
import static dev.culvert.daemon.show.PolicyWords.actions;
import static dev.culvert.daemon.show.PolicyWords.fromZone;
import static dev.culvert.daemon.show.PolicyWords.isGlobal;
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
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** {@code show security policies} and its details. */
public final class PolicyShow {
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

  static List<Policy> selected(PolicyViews views, Selection selection) {
    return views.ruleset().policies().all().stream().filter(selection::has).toList();
  }

  private static String headingOf(PolicyContext context) {
    return switch (context) {
      case ZonePair(String from, String to) -> "From zone: " + from + ", To zone: " + to;
      case PolicyContext.Global global -> "Global policies:";
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

  static void detail(Page page, PolicyViews views, Policy policy) {
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
          "      ICMP Information: type=%s, code=%s",
          PolicyWords.any(match.icmpType()), PolicyWords.any(match.icmpCode()));
    } else if (ServiceMatch.hasPorts(match.protocol())) {
      page.line("      Source port range: %s", bracketed(match.sourcePorts()));
      page.line("      Destination ports: %s", bracketed(match.destinationPorts()));
    }
  }

  private static String bracketed(PortRange ports) {
    return "[" + ports.low() + "-" + ports.high() + "]";
  }
}
