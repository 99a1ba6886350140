package dev.culvert.daemon.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.tun.nftables.NftResult;
import dev.culvert.tun.nftables.NftablesPort;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelGatewaysTest {
  private final Set<Alg> ofKernel = EnumSet.allOf(Alg.class);
  private final KernelGateways gateways = new KernelGateways();
  private int asked;

  @Test
  void aRulesetDoesWithoutTheGatewayThatTheKernelLacks() {
    ofKernel.remove(Alg.SIP);
    Ruleset ruleset = permitting("any");
    assertThat(helpers(ruleset)).isEqualTo(EnumSet.allOf(Alg.class));

    Ruleset possible = gateways.possible(ruleset, kernel);

    assertThat(helpers(possible)).isEqualTo(EnumSet.of(Alg.FTP, Alg.TFTP, Alg.PPTP));
    assertThat(possible.policies()).isEqualTo(ruleset.policies());
    assertThat(gateways.problems())
        .containsExactly(
            entry("ALG sip", "the kernel has no helper nf_conntrack_sip: no such file"));
  }

  @Test
  void whatNoPolicyWantsIsNotAskedForAndNotMissed() {
    ofKernel.clear();
    Ruleset ruleset = permitting("junos-https");
    assertThat(gateways.possible(ruleset, kernel)).isEqualTo(ruleset);
    assertThat(asked).isZero();
    assertThat(gateways.problems()).isEmpty();
  }

  @Test
  void aGatewayThatComesIsUsedFromTheNextCommitOn() {
    ofKernel.remove(Alg.FTP);
    Ruleset ruleset = permitting("junos-ftp");
    assertThat(helpers(gateways.possible(ruleset, kernel))).isEmpty();
    ofKernel.add(Alg.FTP);
    assertThat(gateways.possible(ruleset, kernel)).isEqualTo(ruleset);
    assertThat(gateways.problems()).isEmpty();
    int before = asked;
    assertThat(gateways.possible(ruleset, kernel)).isEqualTo(ruleset);
    assertThat(asked).isEqualTo(before);
  }

  private static Set<Alg> helpers(Ruleset ruleset) {
    String document = NftRenderer.render(ruleset);
    Set<Alg> helpers = EnumSet.noneOf(Alg.class);
    for (Alg alg : Alg.values()) {
      if (document.contains("\"type\":\"" + alg.junosName() + "\"")) {
        helpers.add(alg);
      }
    }
    return helpers;
  }

  private static Ruleset permitting(String application) {
    Diagnostics diagnostics = new Diagnostics();
    Ruleset ruleset =
        RouterConfigReader.read(
                "test",
                """
                security {
                    policies {
                        from-zone a to-zone b {
                            policy p {
                                match {
                                    source-address any;
                                    destination-address any;
                                    application %s;
                                }
                                then { permit; }
                            }
                        }
                    }
                    zones {
                        security-zone a { interfaces { eth0.0; } }
                        security-zone b { interfaces { eth1.0; } }
                    }
                }
                """
                    .formatted(application),
                diagnostics)
            .firewall()
            .ruleset();
    assertThat(diagnostics.hasErrors()).as("%s", diagnostics.findings()).isFalse();
    return ruleset;
  }

  private final NftablesPort kernel =
      new NftablesPort() {
        @Override
        public NftResult apply(String json) {
          throw new AssertionError("nothing is to be changed");
        }

        @Override
        public NftResult applyCommands(String commands) {
          throw new AssertionError("nothing is to be changed");
        }

        @Override
        public NftResult check(String json) {
          asked++;
          boolean has =
              ofKernel.stream()
                  .anyMatch(alg -> json.contains("\"type\":\"" + alg.junosName() + "\""));
          return has ? new NftResult.Done("") : new NftResult.Refused("no such file");
        }

        @Override
        public String description() {
          return "a kernel of this test";
        }

        @Override
        public void close() {}
      };
}
