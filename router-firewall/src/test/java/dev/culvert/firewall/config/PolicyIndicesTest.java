package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.Global;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PolicyIndicesTest {
  private static final ZonePair OUT = new ZonePair("lan", "wan");

  @Test
  void aPolicyKeepsItsNumberWhateverStandsBesideIt() {
    int alone = new PolicyIndices().next(OUT, "web");
    PolicyIndices others = new PolicyIndices();
    others.next(OUT, "mail");
    others.next(new ZonePair("wan", "lan"), "web");
    others.next(new Global(new TreeSet<>(), new TreeSet<>()), "web");
    assertThat(others.next(OUT, "web")).isEqualTo(alone);
  }

  @Test
  void theNumberIsTheSameOnEveryMachine() {
    assertThat(new PolicyIndices().next(OUT, "web")).isEqualTo(13_515_759);
  }

  @Test
  void tenThousandPoliciesHaveTenThousandNumbersInTheMark() {
    PolicyIndices indices = new PolicyIndices();
    Map<Integer, String> names = new TreeMap<>();
    for (int i = 0; i < 10_000; i++) {
      int index = indices.next(OUT, "policy-" + i);
      assertThat(index).isBetween(1, Policy.MAX_INDEX);
      assertThat(names.put(index, "policy-" + i)).isNull();
    }
  }

  @Test
  void whereTwoHashesMeetTheLaterTakesTheNextNumber() {
    PolicyIndices indices = new PolicyIndices();
    int first = indices.next(OUT, "web");
    assertThat(indices.next(OUT, "web")).isEqualTo(first % Policy.MAX_INDEX + 1);
  }
}
