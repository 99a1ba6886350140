package dev.culvert.lab;

import static dev.culvert.lab.FirewallLabSite.DARK_HOST;
import static dev.culvert.lab.FirewallLabSite.LAN_HOST;
import static dev.culvert.lab.FirewallLabSite.WAN_HOST;
import static dev.culvert.lab.NftLabSite.packets;
import static dev.culvert.lab.NftLabSite.watch;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.demo.HostPinger;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a commit makes of two flows from the LAN: one to the wan, which it is about, and one to the
 * third host, which it leaves alone, or the other way round.
 */
@Lab(needs = "nft")
class SessionReviewLabTest {
  private static final String ZONES =
      """
      zones {
          security-zone trust { interfaces { eth0.0; } }
          security-zone untrust { interfaces { eth1.0; } }
          security-zone dmz { interfaces { eth2.0; } }
      }
      """;

  private static final String PERMITS =
      """
      from-zone trust to-zone untrust { policy out { %s then { permit; } } }
      from-zone trust to-zone dmz { policy in { %s then { permit; } } }
      """
          .formatted(match("any"), match("any"));

  private static final String NAT =
      """
      nat {
          source {
              rule-set out {
                  from zone trust;
                  to zone untrust;
                  rule lan {
                      match { source-address 10.1.0.0/24; }
                      then { source-nat { %s; } }
                  }
              }
          }
      }
      """;

  private FirewallLabSite site;

  private static String match(String application) {
    return "match { source-address any; destination-address any; application "
        + application
        + "; }";
  }

  private static String configuration(String security) {
    return """
    system { host-name router; }
    interfaces {
        eth0 { unit 0 { family inet { address 10.1.0.1/24; } } }
        eth1 { unit 0 { family inet { address 192.0.2.1/24; } } }
        eth2 { unit 0 { family inet { address 10.3.0.1/24; } } }
    }
    applications { application echo { protocol udp; destination-port 7; } }
    security { %s }
    """
        .formatted(security);
  }

  private static String secured(String policies) {
    return configuration(ZONES + "policies { " + policies + " }");
  }

  @BeforeEach
  void bringUp() {
    site = new FirewallLabSite("");
  }

  @AfterEach
  void removeAll() {
    site.close();
  }

  private void commit(String configuration) throws Exception {
    site.router.reconfigure(configuration);
    String answer = site.router.cli("request system configuration reload");
    assertThat(answer).as(site.router.log()).isEmpty();
  }

  /** Two flows that run before a commit; what is said of either afterwards. */
  private final class Flows implements AutoCloseable {
    private final HostPinger toWan = HostPinger.start(site.lan, site.wan, WAN_HOST);
    private final HostPinger toDark = HostPinger.start(site.lan, site.dark, DARK_HOST);
    private final int wanMark;
    private final int darkMark;

    Flows() {
      toWan.awaitAnswers(SOON, 50);
      toDark.awaitAnswers(SOON, 50);
      wanMark = toWan.mark();
      darkMark = toDark.mark();
    }

    /** Its policy has let it in once: had it ended it would have begun anew. */
    void wanLosesNothing() throws Exception {
      wanHasNoLoss();
      assertThat(hits("out")).isEqualTo(1);
    }

    /**
     * Sessions are followed from the moment the kernel prepares the first zones: the flow is seen a
     * moment before they are in force, or let in by them.
     */
    void wanLosesNothingToFirstZones() throws Exception {
      wanHasNoLoss();
      assertThat(hits("out")).isBetween(0, 1);
    }

    private void wanHasNoLoss() {
      toWan.awaitAnswers(SOON, 50);
      assertThat(toWan.since(wanMark).lost()).isZero();
    }

    void darkLosesNothing() throws Exception {
      toDark.awaitAnswers(SOON, 50);
      assertThat(toDark.since(darkMark).lost()).isZero();
      assertThat(hits("in")).isEqualTo(1);
    }

    private int hits(String policy) throws Exception {
      String counts = site.router.cli("show security policies hit-count policy-name " + policy);
      Matcher line = Pattern.compile(" " + policy + " +(\\d+) ").matcher(counts);
      assertThat(line.find()).as(counts).isTrue();
      return Integer.parseInt(line.group(1));
    }

    void wanIsCutOff() {
      isCutOff(toWan);
    }

    void darkIsCutOff() {
      isCutOff(toDark);
    }

    private static void isCutOff(HostPinger pinger) {
      int mark = pinger.mark();
      Await.until(SOON, "probes", () -> pinger.mark() >= mark + 50);
      assertThat(pinger.since(mark).answered()).isZero();
    }

    @Override
    public void close() throws IOException {
      toWan.close();
      toDark.close();
    }
  }

  @Test
  void aSessionEndsWithTheNatRuleThatTranslatesItAndOthersGoOn() throws Exception {
    String policies = ZONES + "policies { " + PERMITS + " }";
    commit(configuration(policies + NAT.formatted("interface")));
    watch(site.wan, "translated", "ip saddr 192.0.2.1 udp dport 7");
    watch(site.wan, "as-they-are", "ip saddr " + LAN_HOST + " udp dport 7");
    try (Flows flows = new Flows()) {
      assertThat(packets(site.wan, "as-they-are")).isZero();

      commit(configuration(policies + NAT.formatted("off")));

      // The flow begins anew, as the policy permits.
      Await.until(SOON, "untranslated", () -> packets(site.wan, "as-they-are") > 0);
      int translated = Math.toIntExact(packets(site.wan, "translated"));
      long seen = packets(site.wan, "as-they-are");
      Await.until(SOON, "more", () -> packets(site.wan, "as-they-are") > seen + 20);
      assertThat(packets(site.wan, "translated")).isEqualTo(translated);
      flows.darkLosesNothing();
    }
  }

  @Test
  void aCommitThatTranslatesAFlowAsBeforeCostsItNothing() throws Exception {
    String policies = ZONES + "policies { " + PERMITS + " }";
    commit(configuration(policies + NAT.formatted("interface")));
    try (Flows flows = new Flows()) {
      commit(
          configuration(
              policies
                  + NAT.formatted("interface")
                      .replace(
                          "rule lan",
                          "rule other { match { source-address 10.9.0.0/24; }"
                              + " then { source-nat { off; } } } rule lan")));
      flows.wanLosesNothing();
      flows.darkLosesNothing();
    }
  }

  @Test
  void theSessionsOfAnInterfaceThatLeavesItsZoneEndAndOthersGoOn() throws Exception {
    commit(secured(PERMITS));
    try (Flows flows = new Flows()) {
      commit(secured(PERMITS).replace("interfaces { eth2.0; }", ""));
      flows.darkIsCutOff();
      flows.wanLosesNothing();
    }
  }

  @Test
  void whenTheFirstZonesAppearSessionsFromBeforeMeetThePolicies() throws Exception {
    commit(configuration(""));
    try (Flows flows = new Flows()) {
      commit(
          secured(
              "from-zone trust to-zone untrust { policy out { %s then { permit; } } }"
                  .formatted(match("any"))));
      flows.darkIsCutOff();
      flows.wanLosesNothingToFirstZones();
      assertThat(site.router.cli("show security flow session")).contains("out/");
    }
  }

  @Test
  void aDenyBeforeThePermitEndsWhatItCoversWhereEverySessionIsMatchedAgain() throws Exception {
    String deny =
        "from-zone trust to-zone untrust { policy no-echo { %s then { deny; } } }"
            .formatted(match("echo"));
    commit(secured("policy-rematch extensive; " + PERMITS));
    try (Flows flows = new Flows()) {
      commit(secured("policy-rematch extensive; " + deny + PERMITS));
      flows.wanIsCutOff();
      flows.darkLosesNothing();
    }
  }

  @Test
  void aDenyBeforeThePermitLeavesSessionsAloneWhereNothingIsMatchedAgain() throws Exception {
    String deny =
        "from-zone trust to-zone untrust { policy no-echo { %s then { deny; } } }"
            .formatted(match("echo"));
    commit(secured(PERMITS));
    try (Flows flows = new Flows()) {
      commit(secured(deny + PERMITS));
      flows.wanLosesNothing();
      flows.darkLosesNothing();
    }
  }
}
