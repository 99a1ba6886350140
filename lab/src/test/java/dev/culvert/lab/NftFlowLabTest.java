package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.nft.InactivityTimeouts;
import dev.culvert.firewall.nft.NftNames;
import dev.culvert.firewall.nft.NftRenderer;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.FlowOptions;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.lab.harness.Lab;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of sessions that policies have permitted. */
@Lab(needs = {"nft", "iperf3", "ss"})
class NftFlowLabTest {
  private static final String RIGHT = "10.2.0.2";
  private static final int POLICY = 5;

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
  void eachDirectionHasTheLeastMssThatHolds() {
    site.listenOnTheRight(80);
    site.enforce(
        ruleset(
            flow(1300, true, EnumSet.allOf(Alg.class)),
            new Policy.TcpOptions(1200, 1350, false, false),
            ApplicationTerm.of(ServiceMatch.ANY)));
    NftLabSite.watch(site.right, "initial", "tcp flags syn tcp option maxseg size 1200");
    NftLabSite.watch(
        site.left, "reverse", "tcp flags & (syn | ack) == syn | ack tcp option maxseg size 1300");
    assertThat(NftLabSite.connect(site.left, RIGHT, 80)).isEmpty();
    assertThat(NftLabSite.packets(site.right, "initial")).isEqualTo(1);
    assertThat(NftLabSite.packets(site.left, "reverse")).isEqualTo(1);
  }

  @Test
  void aSessionKeepsItsInactivityTimeoutWhenTheRulesetIsReplaced() {
    site.listenOnTheRight(80);
    Ruleset ruleset =
        ruleset(
            FlowOptions.DEFAULT,
            Policy.TcpOptions.NONE,
            new ApplicationTerm(ServiceMatch.tcp(80, 90), null, Duration.ofSeconds(777)),
            ApplicationTerm.of(ServiceMatch.ANY));
    site.enforce(ruleset);
    site.load(InactivityTimeouts.render(ruleset)).orThrow();
    String replace = inRouter("nft -j -f " + site.file(NftRenderer.render(ruleset)));
    String seen =
        site.left.run(
            "bash",
            "-c",
            "exec 3<>/dev/tcp/"
                + RIGHT
                + "/80 && "
                + replace
                + " && echo >&3 && "
                + inRouter("cat /proc/net/nf_conntrack"));
    assertThat(remaining(seen, "tcp")).isBetween(700, 777);
    Path again = site.file(InactivityTimeouts.render(ruleset));
    site.router.run("nft", "-j", "-f", again.toString());
    assertThat(remaining(site.router.run("cat", "/proc/net/nf_conntrack"), "tcp")).isPositive();
    site.load(InactivityTimeouts.render(Ruleset.EMPTY)).orThrow();
    assertThat(site.router.run("nft", "list", "tables"))
        .doesNotContain(InactivityTimeouts.TABLE)
        .contains(NftNames.TABLE);
  }

  @Test
  void theFirstTermThatMatchesSaysHowLongASessionMayBeIdle() {
    Ruleset ruleset =
        ruleset(
            FlowOptions.DEFAULT,
            Policy.TcpOptions.NONE,
            ApplicationTerm.of(ServiceMatch.udp(99, 99)),
            new ApplicationTerm(ServiceMatch.udp(90, 110), null, Duration.ofSeconds(555)));
    site.enforce(ruleset);
    site.load(InactivityTimeouts.render(ruleset)).orThrow();
    site.left.run("bash", "-c", "echo >/dev/udp/" + RIGHT + "/99");
    assertThat(remaining(site.router.run("cat", "/proc/net/nf_conntrack"), "udp")).isLessThan(500);
    site.left.run("bash", "-c", "echo >/dev/udp/" + RIGHT + "/100");
    String sessions = site.router.run("grep", "dport=100", "/proc/net/nf_conntrack");
    assertThat(remaining(sessions, "udp")).isBetween(500, 555);
    assertThat(sessions).contains("mark=" + POLICY);
  }

  @Test
  void gatewaysLookIntoWhatIsPermittedUnlessDisabled() {
    for (Set<Alg> disabled : List.of(Set.<Alg>of(), Set.of(Alg.FTP))) {
      site.enforce(
          ruleset(
              flow(0, true, disabled),
              Policy.TcpOptions.NONE,
              ApplicationTerm.of(ServiceMatch.ANY)));
      // IPS_HELPER: somebody has given the session a helper.
      site.router.run(
          "nft",
          "add table inet watch; delete table inet watch; add table inet watch"
              + "; add counter inet watch helped"
              + "; add chain inet watch f { type filter hook forward priority 200; }"
              + "; add rule inet watch f ct status & 0x2000 == 0x2000 counter name helped");
      NftLabSite.connect(site.left, RIGHT, 21);
      assertThat(NftLabSite.packets(site.router, "helped") > 0).isEqualTo(disabled.isEmpty());
    }
  }

  @Test
  void whatIsInTheMiddleOfAConnectionBeginsNoSession() {
    site.listenOnTheRight(80);
    // No ruleset, and so no session, when the connection begins.
    Ruleset ruleset =
        ruleset(
            FlowOptions.DEFAULT,
            Policy.TcpOptions.NONE,
            ApplicationTerm.of(ServiceMatch.tcp(80, 80)));
    String enforce = inRouter("nft -j -f " + site.file(NftRenderer.render(ruleset)));
    site.left.run("bash", "-c", "exec 3<>/dev/tcp/" + RIGHT + "/80 && " + enforce + " && echo >&3");
    assertThat(site.counted(CounterNames.SYN_CHECK)).isPositive();
    assertThat(site.counted(CounterNames.policy(POLICY))).isZero();
    assertThat(NftLabSite.connect(site.left, RIGHT, 80)).isEmpty();
    assertThat(site.counted(CounterNames.policy(POLICY))).isEqualTo(1);
  }

  // --- Helpers
  // ------------------------------------------------------------------------------------

  private String inRouter(String command) {
    return "ip netns exec " + site.router.name() + " " + command;
  }

  /** The seconds that the first session of a protocol has left. */
  private static int remaining(String sessions, String protocol) {
    Matcher line = Pattern.compile(protocol + " +\\d+ +(\\d+) .*").matcher(sessions);
    assertThat(line.find()).as(sessions).isTrue();
    return Integer.parseInt(line.group(1));
  }

  private static FlowOptions flow(int allTcpMss, boolean synCheck, Set<Alg> disabled) {
    return new FlowOptions(
        allTcpMss, 0, 0, synCheck, true, false, true, false, false, null, null, false, disabled);
  }

  private static Ruleset ruleset(
      FlowOptions flow, Policy.TcpOptions options, ApplicationTerm... terms) {
    ZonePair outward = new ZonePair("trust", "untrust");
    Policy policy =
        new Policy(
            POLICY,
            outward,
            "p",
            null,
            AddressMatch.ANY,
            AddressMatch.ANY,
            List.of(new Application("a", List.of(terms))),
            Policy.Action.PERMIT,
            Policy.Log.NONE,
            false,
            options,
            null,
            true);
    return new Ruleset(
        List.of(
            NftLabSite.zone("trust", HostInbound.NONE, null, "eth0"),
            NftLabSite.zone("untrust", HostInbound.NONE, null, "eth1")),
        new PolicyTable(
            Map.of(outward, List.of(policy)), List.of(), false, PolicyTable.Rematch.DELETED_ONLY),
        NatTable.EMPTY,
        flow);
  }
}
