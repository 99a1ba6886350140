package dev.culvert.daemon.show;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.operational.NatViews;
import dev.culvert.firewall.ruleset.NatTable;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Beside the golden files: Junos' element names, and what is not there. */
class NatShowTest {
  private static final NatViews NAT = SampleFirewall.NAT;

  @Test
  void elementsAreJunos() {
    assertThat(NatRulesShow.staticRules(NAT, null).element().toXml())
        .contains("<rule-host-address-prefix>10.1.1.0</rule-host-address-prefix>")
        .contains("<rule-translation-hits>7</rule-translation-hits>")
        .contains("<rule-host-port-high>31</rule-host-port-high>");
    assertThat(NatRulesShow.sourceRules(NAT, null).element().toXml())
        .contains("<source-nat-rule-action>interface</source-nat-rule-action>");
    assertThat(NatPoolsShow.destinationPools(NAT, null).element().toXml())
        .contains("<address-pool-hits>5</address-pool-hits>")
        .contains("<address-port>8080</address-port>");
  }

  @Test
  void oneRuleCanBeLookedAtAlone() {
    assertThat(NatRulesShow.staticRules(NAT, "ssh").lines())
        .contains("Static NAT rule: ssh                    Rule-set: sites")
        .doesNotContain("Static NAT rule: lan                    Rule-set: sites");
  }

  @Test
  void withoutNatThereIsNothing() {
    NatViews none = new NatViews(NatTable.EMPTY, Map.of());
    assertThat(NatSummaryShow.sourceSummary(none).lines())
        .containsExactly("Total pools: 0", "", "Total rules: 0");
    assertThat(NatRulesShow.staticRules(none, null).lines())
        .containsExactly("Total static-nat rules: 0");
  }
}
