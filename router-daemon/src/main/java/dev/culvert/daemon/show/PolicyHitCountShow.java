package dev.culvert.daemon.show;

import static dev.culvert.daemon.show.PolicyShow.selected;
import static dev.culvert.daemon.show.PolicyWords.fromZone;
import static dev.culvert.daemon.show.PolicyWords.isGlobal;
import static dev.culvert.daemon.show.PolicyWords.toZone;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.ruleset.Policy;
import java.util.List;

/** {@code show security policies hit-count}. */
public final class PolicyHitCountShow {
  private static final String GLOBAL_ZONE = "junos-global";

  private PolicyHitCountShow() {}

  /** {@code show security policies hit-count}. */
  public static Page hitCount(PolicyViews views, PolicyShow.Selection selection) {
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
    if (selection.equals(PolicyShow.Selection.ALL)) {
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
