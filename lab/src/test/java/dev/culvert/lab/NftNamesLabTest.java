package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.IpAddress;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.config.FirewallConfig;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import java.time.LocalDateTime;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Answers of name servers in a kernel: they go into sets, and rules stay as they are. */
@Lab(needs = {"nft", "ping"})
class NftNamesLabTest {
  private static final String RIGHT = "10.2.0.2";

  private NftLabSite site;

  @BeforeEach
  void wire() {
    site = new NftLabSite();
  }

  @AfterEach
  void remove() {
    site.close();
  }

  @Test
  void whatAPermittedNameStandsForPassesAndNothingElse() {
    FirewallConfig config = config(policy("named", "www", "permit"));
    site.enforce(effective(config, false));
    assertThat(pings()).as("unanswered").isFalse();

    site.refill(effective(config, false, "192.0.2.7", RIGHT, "2001:db8::7"));
    assertThat(pings()).as("answered").isTrue();
    assertThat(hits(config)).isEqualTo(1);

    site.refill(effective(config, false, "192.0.2.7"));
    assertThat(pings()).as("answered otherwise").isFalse();
    assertThat(hits(config)).as("counted before").isEqualTo(1);

    site.refill(effective(config, false));
    assertThat(pings()).as("without an address").isFalse();
  }

  @Test
  void whatADeniedNameStandsForIsKeptOutAndWhileItIsAwaitedEverybodyIs() {
    FirewallConfig config =
        config(policy("named", "www", "deny") + policy("others", "any", "permit"));
    site.enforce(effective(config, true));
    assertThat(pings()).as("awaited").isFalse();

    site.refill(effective(config, false, RIGHT));
    assertThat(pings()).as("denied").isFalse();

    site.refill(effective(config, false, "192.0.2.7"));
    assertThat(pings()).as("somebody else is denied").isTrue();
  }

  /** The sets of a ruleset hold what it says, whatever those of the one before held. */
  @Test
  void aCommitFillsTheSetsAnew() {
    FirewallConfig config = config(policy("named", "www", "permit"));
    site.enforce(effective(config, false, RIGHT));
    assertThat(pings()).isTrue();
    site.enforceOver(effective(config, false, "192.0.2.7"));
    assertThat(pings()).isFalse();
    site.enforceOver(effective(config, false, RIGHT));
    assertThat(pings()).isTrue();
    assertThat(hits(config)).isEqualTo(2);
  }

  private boolean pings() {
    return Ping.answers(site.left, RIGHT);
  }

  private long hits(FirewallConfig config) {
    Policy named = config.ruleset().policies().all().getFirst();
    return site.counted(CounterNames.policy(named.index()));
  }

  private static Ruleset effective(FirewallConfig config, boolean awaited, String... answers) {
    List<IpAddress> addresses =
        List.of(answers).stream().map(answer -> IpAddress.parse(answer).orElseThrow()).toList();
    return config.effective(
        LocalDateTime.of(2026, 3, 2, 12, 0),
        name -> AddressSet.ofHosts(addresses),
        name -> awaited);
  }

  private static String policy(String name, String destination, String action) {
    return """
    policy %s {
        match { source-address any; destination-address %s; application any; }
        then { %s; }
    }
    """
        .formatted(name, destination, action);
  }

  private static FirewallConfig config(String policies) {
    Diagnostics diagnostics = new Diagnostics();
    FirewallConfig config =
        RouterConfigReader.read(
                "names",
                """
                security {
                    address-book { global { address www { dns-name www.example.net; } } }
                    policies { from-zone left to-zone right { %s } }
                    zones {
                        security-zone left { interfaces { eth0.0; } }
                        security-zone right { interfaces { eth1.0; } }
                    }
                }
                """
                    .formatted(policies),
                diagnostics)
            .firewall();
    assertThat(diagnostics.hasErrors()).as("%s", diagnostics.findings()).isFalse();
    return config;
  }
}
