package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyShadows;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code show security match-policies} and {@code show security shadow-policies}. */
public final class PolicyLookupShow {
  private static final String COLUMNS = "%-31s %s";

  private PolicyLookupShow() {}

  /** {@code show security match-policies}: the policies that match a packet, the first decides. */
  public static Page match(PolicyViews views, MatchQuery query) {
    Page page = new Page("security-policy-match");
    if (!views.ruleset().hasZones()) {
      return page.line("No security zones are configured: everything is forwarded");
    }
    List<Policy> matching = query.matching(views.ruleset().policies());
    for (Policy policy : matching) {
      PolicyShow.detail(page, views, policy);
      page.element(PolicyElements.information(views, policy, true));
    }
    if (matching.isEmpty()) {
      byDefault(page, views, query);
    }
    return page;
  }

  private static void byDefault(Page page, PolicyViews views, MatchQuery query) {
    if (query.globalOnly()) {
      page.line("No global policy matches");
      return;
    }
    boolean permits = query.isOfHost() || views.ruleset().policies().defaultPermit();
    String action = permits ? "permit" : "deny";
    page.line("Policy: default-policy, action-type: %s-all", action);
    page.element(
        Element.builder("policy-information")
            .leaf("policy-name", "default-policy")
            .child(Element.builder("policy-action").leaf("action-type", action + "-all")));
  }

  /**
   * Which shadowed policies are shown.
   *
   * @param policy the one that casts a shadow; null for any
   * @param isReverse whether it is the one that lies in it
   */
  public record Shadows(@Nullable String policy, boolean isReverse) {
    boolean has(Policy before, Policy shadowed) {
      return policy == null || policy.equals((isReverse ? shadowed : before).name());
    }
  }

  /**
   * {@code show security shadow-policies}: policies that never match.
   *
   * @param policies of one context, in order
   */
  public static Page shadows(List<Policy> policies, Shadows selection) {
    Page page = new Page("security-policy-shadow");
    page.line(COLUMNS, "Policies", "Shadowed policies");
    Element.Builder all = Element.builder("policy-shadow-policies");
    PolicyShadows shadows = new PolicyShadows();
    for (Policy policy : policies) {
      shadows
          .next(policy)
          .filter(before -> selection.has(before, policy))
          .ifPresent(before -> {
            page.line(COLUMNS, before.name(), policy.name());
            all.child(
                Element.builder("policy-shadow-policy")
                    .leaf("policy-shadow-policy-original-policy", before.name())
                    .leaf("policy-shadow-policy-shadowed-policy", policy.name()));
          });
    }
    return page.element(all);
  }
}
