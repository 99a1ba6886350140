package dev.culvert.firewall.nft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.nft.CounterNames.Nat;
import dev.culvert.firewall.nft.CounterNames.ScreenCounter;
import dev.culvert.firewall.nft.NftNames.LogPrefix;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Screen;
import java.util.List;
import org.junit.jupiter.api.Test;

class CounterNamesTest {
  @Test
  void aNameTellsWhoseCounterItIs() {
    assertThat(CounterNames.policyOf(CounterNames.policy(17))).hasValue(17);
    for (Nat nat : Nat.values()) {
      assertThat(nat.ruleOf(nat.rule(5))).hasValue(5);
      assertThat(nat.ruleOf(CounterNames.policy(5))).isEmpty();
    }
    assertThat(CounterNames.screenOf(CounterNames.screen("my-zone", Screen.Anomaly.TCP_LAND)))
        .contains(new ScreenCounter("my-zone", "tcp land"));
    assertThat(CounterNames.screenOf(CounterNames.screen("z", Screen.Rate.UDP_FLOOD)))
        .contains(new ScreenCounter("z", "udp flood threshold"));
  }

  @Test
  void strangeNamesAreNobodys() {
    for (String name :
        List.of(
            "", "policy/", "policy/x", "policy/1x", "screen/", "screen/z", "screen/z/WHAT", "x")) {
      assertThat(CounterNames.policyOf(name)).isEmpty();
      assertThat(CounterNames.screenOf(name)).isEmpty();
      assertThat(Nat.STATIC.ruleOf(name)).isEmpty();
    }
  }

  @Test
  void aLogPrefixIsReadBack() {
    for (Policy.Action action : Policy.Action.values()) {
      LogPrefix prefix = new LogPrefix(action, 123);
      assertThat(LogPrefix.parse(prefix.text())).contains(prefix);
    }
    for (String text : List.of("", "DENY", "DENY x", "DENY -1", "WHAT 1", "DENY 1 2")) {
      assertThat(LogPrefix.parse(text)).isEmpty();
    }
  }
}
