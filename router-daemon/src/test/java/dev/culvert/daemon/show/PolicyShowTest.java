package dev.culvert.daemon.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.daemon.show.PolicyShow.Selection;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.ruleset.Ruleset;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PolicyShowTest {
  private static final PolicyViews VIEWS = SamplePolicies.VIEWS;

  @Test
  void elementsHaveJunosNames() {
    assertThat(PolicyHitCountShow.hitCount(VIEWS, Selection.ALL).element().toXml())
        .contains(
            "<policy-hit-count-policy-name>no-printers</policy-hit-count-policy-name>",
            "<policy-hit-count-count>11</policy-hit-count-count>",
            "<policy-hit-count-action>Reject</policy-hit-count-action>");
    assertThat(PolicyShow.detail(VIEWS, Selection.ALL).element().toXml())
        .contains(
            "<address-low>10.1.0.10</address-low>",
            "<address-prefix>10.9.0.80/32</address-prefix>",
            "<policy-tcp-options-initial-tcp-mss>1300</policy-tcp-options-initial-tcp-mss>",
            "<attached-scheduler-name>office</attached-scheduler-name>",
            "<policy-state>inactive</policy-state>");
    assertThat(ZonesShow.zones(VIEWS.ruleset(), null, ZonesShow.Style.NORMAL).element().toXml())
        .contains(
            "<zones-management-interface-name>eth2.0</zones-management-interface-name>",
            "<zones-security-interface-name>eth3.0</zones-security-interface-name>",
            "<zones-security-send-reset>On</zones-security-send-reset>");
  }

  @Test
  void aSelectionLeavesOthersOut() {
    assertThat(
            PolicyHitCountShow.hitCount(VIEWS, new Selection("untrust", "trust", null, false))
                .lines())
        .anyMatch(line -> line.contains(" orders "))
        .noneMatch(line -> line.contains(" ping ") || line.contains(" out "))
        .contains("Number of policy: 1");
    assertThat(PolicyShow.brief(VIEWS, new Selection(null, null, null, true)).lines())
        .contains("Global policies:")
        .noneMatch(line -> line.startsWith("From zone:"));
  }

  @Test
  void withoutZonesItIsSaidThatEverythingIsForwarded() {
    PolicyViews none =
        new PolicyViews(FirewallConfig.EMPTY, Ruleset.EMPTY, name -> AddressSet.EMPTY, Map.of());

    assertThat(ZonesShow.zones(none.ruleset(), null, ZonesShow.Style.TERSE).lines())
        .containsExactly(
            "No security zones are configured: everything is forwarded, and policies mean"
                + " nothing");
    assertThat(PolicyShow.brief(none, Selection.ALL).lines())
        .containsExactly("No security zones are configured: everything is forwarded");
    assertThat(PolicyHitCountShow.hitCount(none, Selection.ALL).lines())
        .containsExactly("No security zones are configured: everything is forwarded");
  }
}
