package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.HOST_A;
import static dev.culvert.lab.StrongswanLabSite.HOST_B;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.StrongswanLabSite.Suite;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Rekeys of child and IKE SAs from each side, under pings both ways every 20 ms. */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "ping"})
class StrongswanRekeyLabTest {
  private static final Pattern INBOUND_SPI =
      Pattern.compile("^ *<\\d+ ESP:\\S+ (\\S+)", Pattern.MULTILINE);
  private static final Pattern IKE_COOKIES =
      Pattern.compile("^\\d+ +UP +(\\w+) +(\\w+)", Pattern.MULTILINE);
  private static final int ROUNDS = 3;

  @Test
  void noPingIsLostWhileEitherSideRekeysATunnelThatCulvertBegan() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      Suite suite = Suite.GCM_256_GROUP_20;
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(suite));
      site.routeSwanStatically();
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(suite, "immediately"));
      StrongswanLabSite.awaitUp(culvert);
      eachSideRekeys(site, culvert, swan);
    }
  }

  @Test
  void noPingIsLostWhileEitherSideRekeysATunnelThatStrongswanBegan() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      Suite suite = Suite.CBC_256_GROUP_14;
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(suite));
      site.routeSwanStatically();
      CulvertProcess culvert =
          site.startCulvert(StrongswanLabSite.culvert(suite, "responder-only"));
      swan.swanctl("--initiate", "--child", SwanConnection.CHILD);
      StrongswanLabSite.awaitUp(culvert);
      eachSideRekeys(site, culvert, swan);
    }
  }

  private static void eachSideRekeys(
      StrongswanLabSite site, CulvertProcess culvert, StrongswanPeer swan) {
    Await.until(SOON, "the first ping", () -> Ping.answers(site.hostA, HOST_B));
    Ping.Continuous toB = ping(site, site.hostA, HOST_B);
    Ping.Continuous toA = ping(site, site.hostB, HOST_A);
    for (int round = 0; round < ROUNDS; round++) {
      replaced(culvert, INBOUND_SPI, () -> cli(culvert, "request security ipsec rekey swan"));
      replaced(
          culvert, INBOUND_SPI, () -> swan.swanctl("--rekey", "--child", SwanConnection.CHILD));
      replaced(culvert, IKE_COOKIES, () -> cli(culvert, "request security ike rekey swan"));
      replaced(culvert, IKE_COOKIES, () -> swan.swanctl("--rekey", "--ike", SwanConnection.NAME));
    }
    Await.until(
        SOON,
        "one pair of SAs at strongSwan",
        () ->
            count("INSTALLED", swan.swanctl("--list-sas")) == 1
                && count("ESTABLISHED", swan.swanctl("--list-sas")) == 1,
        () -> swan.swanctl("--list-sas") + culvert.log() + swan.log());
    String logs = culvert.log() + swan.log();
    assertThat(toB.stopAndFindMissing()).as("lost from host A, " + logs).isEmpty();
    assertThat(toA.stopAndFindMissing()).as("lost from host B, " + logs).isEmpty();
    assertThat(culvert.log()).containsOnlyOnce("IKE_VPN_UP").doesNotContain("IKE_VPN_DOWN");
  }

  /** Does that and waits until there is one SA again and it is another one. */
  private static void replaced(CulvertProcess culvert, Pattern name, Runnable rekey) {
    List<String> before = names(culvert, name);
    assertThat(before).hasSize(1);
    rekey.run();
    Await.until(
        SOON,
        "an SA instead of " + before,
        () -> {
          List<String> after = names(culvert, name);
          return after.size() == 1 && !after.equals(before);
        },
        () -> names(culvert, name) + "\n" + culvert.log());
  }

  private static List<String> names(CulvertProcess culvert, Pattern name) {
    String shown =
        cli(culvert, "show security ike security-associations")
            + "\n"
            + cli(culvert, "show security ipsec security-associations");
    return name.matcher(shown).results().map(MatchResult::group).toList();
  }

  private static Ping.Continuous ping(
      StrongswanLabSite site, NetworkNamespace from, String target) {
    return Ping.start(site.network, from, "ping-" + target, target, Duration.ofMillis(20));
  }

  private static int count(String word, String text) {
    return (int) Pattern.compile(word).matcher(text).results().count();
  }
}
