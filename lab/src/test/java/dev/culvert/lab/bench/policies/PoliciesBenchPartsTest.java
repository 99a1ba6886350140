package dev.culvert.lab.bench.policies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.PolicyMatch;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.lab.bench.policies.PoliciesReading.Way;
import java.util.List;
import org.junit.jupiter.api.Test;

class PoliciesBenchPartsTest {
  @Test
  void onlyTheLastOfThePoliciesPermitsWhatIsMeasured() {
    IpAddress client = IpAddress.parse("10.1.0.2").orElseThrow();
    IpAddress server = IpAddress.parse("10.2.200.7").orElseThrow();
    Flow udp = new Flow(client, server, ServiceMatch.UDP, 40_000, PolicyList.UDP_PORT);
    Flow tcp = new Flow(client, server, ServiceMatch.TCP, 40_000, PolicyList.TCP_PORT);
    List<Policy> policies = new PolicyList(300).ruleset().policies("trust", "untrust");
    assertThat(policies).hasSize(300);
    for (Flow flow : List.of(udp, tcp)) {
      assertThat(policies)
          .filteredOn(p -> PolicyMatch.matches(p, flow))
          .containsExactly(policies.getLast());
    }
  }

  @Test
  void thePlainListHasARuleForEachPolicy() {
    assertThat(
            new PolicyList(300)
                .plainList("plain")
                .lines()
                .filter(l -> l.contains(" counter accept")))
        .hasSize(300);
  }

  @Test
  void theTableHasMediansAndTheMediansOfRatios() {
    PoliciesTable table =
        new PoliciesTable(
            List.of(
                reading(1, Way.CULVERT, 100),
                reading(1, Way.PLAIN_LIST, 10),
                reading(2, Way.CULVERT, 300),
                reading(2, Way.PLAIN_LIST, 100),
                reading(3, Way.CULVERT, 200),
                reading(3, Way.PLAIN_LIST, 10)));
    assertThat(table.text().lines().toList().getLast())
        .isEqualTo(
            "| 1,000 | 200 | 10 | 10.00 | 2.00 | 2.00 | 1.00 | 0.500 | 0.500 | 1.00 | 0.250 |");
    assertThat(table.text().lines().map(line -> line.chars().filter(c -> c == '|').count()))
        .hasSize(3)
        .containsOnly(12L);
    assertThat(table.csv().lines())
        .hasSize(7)
        .contains("1000,2,nft list,0.2500,0.5000,100,2000000000");
  }

  private static PoliciesReading reading(int pass, Way way, double sessions) {
    return new PoliciesReading(1000, pass, way, 0.25, 0.5, sessions, 2e9);
  }
}
