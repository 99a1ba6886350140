package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.lab.harness.Lab;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pool of two addresses, three hosts, and the interface's address for who comes too late. */
@Lab(needs = {"nft", "ping"})
class NftOverflowLabTest {
  private static final String RIGHT = "10.2.0.2";

  private NftLabSite site;

  @BeforeEach
  void wire() {
    site = new NftLabSite();
    site.left.address("eth0", "10.1.0.3/24").address("eth0", "10.1.0.4/24");
    // The pool's addresses are answered for by nobody: the router is the way to them.
    site.right.route("198.51.100.0/24", "via", "10.2.0.1");
    site.enforce(ruleset());
    NftLabSite.watch(site.right, "pool", "ip saddr 198.51.100.0/24 icmp type echo-request");
    NftLabSite.watch(site.right, "overflow", "ip saddr 10.2.0.1 icmp type echo-request");
  }

  @AfterEach
  void remove() {
    site.close();
  }

  @Test
  void onlyWhoFindsThePoolUsedUpTakesItsOverflow() {
    for (int i = 0; i < 5; i++) {
      assertThat(pings("10.1.0.2")).isTrue();
      assertThat(pings("10.1.0.3")).isTrue();
    }
    assertThat(NftLabSite.packets(site.right, "pool")).isEqualTo(10);
    assertThat(NftLabSite.packets(site.right, "overflow")).isZero();

    assertThat(pings("10.1.0.4")).isTrue();
    assertThat(NftLabSite.packets(site.right, "overflow")).isEqualTo(1);
    // Whoever has an address of the pool keeps to it.
    assertThat(pings("10.1.0.2")).isTrue();
    assertThat(NftLabSite.packets(site.right, "pool")).isEqualTo(11);
  }

  private boolean pings(String from) {
    return site.left.attempt("ping", "-n", "-c", "1", "-W", "1", "-I", from, RIGHT).succeeded();
  }

  private static Ruleset ruleset() {
    Diagnostics diagnostics = new Diagnostics();
    Ruleset ruleset =
        RouterConfigReader.read(
                "overflow",
                """
                interfaces {
                    eth0 { unit 0 { family inet { address 10.1.0.1/24; } } }
                    eth1 { unit 0 { family inet { address 10.2.0.1/24; } } }
                }
                security {
                    nat {
                        source {
                            pool few {
                                address { 198.51.100.0/31; }
                                port no-translation;
                                overflow-pool interface;
                            }
                            rule-set out {
                                from interface eth0.0;
                                to interface eth1.0;
                                rule all {
                                    match { source-address 10.1.0.0/24; }
                                    then { source-nat { pool few; } }
                                }
                            }
                        }
                    }
                }
                """,
                diagnostics)
            .firewall()
            .ruleset();
    assertThat(diagnostics.hasErrors()).as("%s", diagnostics.findings()).isFalse();
    return ruleset;
  }
}
