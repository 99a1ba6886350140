package dev.culvert.lab;

import static dev.culvert.lab.StrongswanLabSite.LAN_B;
import static dev.culvert.lab.StrongswanLabSite.SECRET;
import static dev.culvert.lab.StrongswanLabSite.SOON;
import static dev.culvert.lab.StrongswanLabSite.STATIC_ROUTE;
import static dev.culvert.lab.StrongswanLabSite.cli;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.StrongswanLabSite.Suite;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Tunnels that cannot come up: what is wrong stands in words in {@code show}, in the log and as a
 * metric, nothing is routed into them, and no output names a secret.
 */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "bash", "nft"})
class DiagnosisLabTest {
  private static final String OTHER_SECRET = "another-lab-key-of-the-peer";
  private static final Suite OURS = Suite.GCM_256_GROUP_20;
  private static final Suite OTHER_IKE =
      new Suite("", "", "", Suite.CBC_256_GROUP_14.swanIkeProposal(), OURS.swanEspProposal());
  private static final Suite OTHER_ESP =
      new Suite("", "", "", OURS.swanIkeProposal(), Suite.CBC_256_GROUP_14.swanEspProposal());
  private static final String CULVERT_ID = "culvert.lab.test";
  private static final String SWAN_ID = "swan.lab.test";

  /** The reason as a metric's label, and words that the text must contain. */
  private record Expected(String reason, List<String> words) {
    static Expected of(String reason, String... words) {
      return new Expected(reason, List.of(words));
    }
  }

  // Culvert begins.

  @Test
  void anotherPreSharedKeyOfThePeerThatWeCalledIsTold() {
    culvertBegins(
        StrongswanLabSite.swan(OURS, OTHER_SECRET, CULVERT_ID),
        SWAN_ID,
        Expected.of("authentication-failed", "AUTHENTICATION_FAILED"));
  }

  @Test
  void anIkeProposalThatThePeerRefusesIsTold() {
    culvertBegins(
        StrongswanLabSite.swan(OTHER_IKE),
        SWAN_ID,
        Expected.of("no-proposal-chosen", "NO_PROPOSAL_CHOSEN", "AES-GCM-256", "DH-group-20"));
  }

  @Test
  void anEspProposalThatThePeerRefusesIsTold() {
    culvertBegins(
        StrongswanLabSite.swan(OTHER_ESP),
        SWAN_ID,
        Expected.of("no-proposal-chosen", "NO_PROPOSAL_CHOSEN", "our ESP offer [AES-GCM-256"));
  }

  @Test
  void anIdentityThatThePeerDoesNotHaveIsTold() {
    culvertBegins(
        StrongswanLabSite.swan(OURS),
        "somebody-else.lab.test",
        Expected.of("authentication-failed", "asked for 'somebody-else.lab.test'"));
  }

  @Test
  void aPeerThatDoesNotAnswerIsTold() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      site.swanNamespace.down("eth0");
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(OURS, "immediately"));
      told(site, culvert, Expected.of("no-response", "192.0.2.2"));
    }
  }

  @Test
  void aPortThatTheNetworkBlocksIsToldBesideTheOneThatPasses() {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      site.startSwan(StrongswanLabSite.swan(OURS));
      site.swanNamespace.run("nft", "add table inet hole");
      site.swanNamespace.run(
          "nft", "add chain inet hole in { type filter hook input priority 0 ; }");
      site.swanNamespace.run("nft", "add rule inet hole in udp dport 4500 drop");
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(OURS, "immediately"));
      told(site, culvert, Expected.of("no-response", "answered IKE_SA_INIT on UDP port 500"));
      remedied(culvert, "UDP port 4500 open");
    }
  }

  /** The first child SA has no key exchange of its own: the difference shows at its rekey. */
  @Test
  void aDifferenceInPerfectForwardSecrecyIsCalledSo() {
    Suite without =
        new Suite(
            "",
            "",
            "",
            OURS.swanIkeProposal(),
            OURS.swanEspProposal().replaceFirst("-(ecp|modp|curve)\\w+", ""));
    assertThat(without.swanEspProposal()).isNotEqualTo(OURS.swanEspProposal());
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(StrongswanLabSite.swan(without));
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(OURS, "immediately"));
      swan.awaitSas(SOON, "INSTALLED");
      Await.until(
          SOON,
          "the rekey to be refused for its PFS",
          () -> {
            cli(culvert, "request security ipsec rekey swan");
            return culvert.log().contains("perfect forward secrecy (PFS) differs");
          },
          () -> culvert.log() + swan.log());
      assertThat(culvert.log())
          .contains("IKE_NEGOTIATION_FAILED")
          .contains("reason=no-proposal-chosen");
    }
  }

  // strongSwan begins.

  @Test
  void aPeerThatSpeaksIkev1OnlyIsCalledSoAndNotARefusedProposal() {
    SwanConnection version1 =
        StrongswanLabSite.swan(OURS).withLines("dpd_delay = 10s", "version = 1");
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(version1);
      CulvertProcess culvert = site.startCulvert(StrongswanLabSite.culvert(OURS, "immediately"));
      assertThat(
              swan.attempt("--initiate", "--child", SwanConnection.CHILD, "--timeout", "10")
                  .succeeded())
          .isFalse();
      told(site, culvert, Expected.of("ike-version", "IKEv1"));
      remedied(culvert, "version v2-only");
    }
  }

  @Test
  void anotherPreSharedKeyOfAPeerThatCallsIsTold() {
    strongswanBegins(
        StrongswanLabSite.swan(OURS, OTHER_SECRET, CULVERT_ID),
        SWAN_ID,
        Expected.of("authentication-failed", "AUTHENTICATION_FAILED"));
  }

  @Test
  void theIkeProposalOfAPeerThatCallsIsToldBesideOurs() {
    strongswanBegins(
        StrongswanLabSite.swan(OTHER_IKE),
        SWAN_ID,
        Expected.of("no-proposal-chosen", "peer offered AES-CBC-256 only, we allow AES-GCM-256"));
  }

  @Test
  void theEspProposalOfAPeerThatCallsIsToldBesideOurs() {
    strongswanBegins(
        StrongswanLabSite.swan(OTHER_ESP),
        SWAN_ID,
        Expected.of("no-proposal-chosen", "peer offered AES-CBC-256 only, we allow AES-GCM-256"));
  }

  @Test
  void theIdentityOfAPeerThatCallsIsToldBesideTheOneExpected() {
    strongswanBegins(
        StrongswanLabSite.swan(OURS),
        "somebody-else.lab.test",
        Expected.of("identity-mismatch", SWAN_ID, "somebody-else.lab.test"));
  }

  private static void culvertBegins(
      SwanConnection connection, String remoteIdentity, Expected expected) {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      site.startSwan(connection);
      CulvertProcess culvert =
          site.startCulvert(
              StrongswanLabSite.culvert(OURS, "immediately", SECRET, remoteIdentity, STATIC_ROUTE));
      told(site, culvert, expected);
    }
  }

  private static void strongswanBegins(SwanConnection connection, String ours, Expected expected) {
    try (StrongswanLabSite site = new StrongswanLabSite()) {
      StrongswanPeer swan = site.startSwan(connection);
      CulvertProcess culvert =
          site.startCulvert(
              StrongswanLabSite.culvert(OURS, "responder-only", SECRET, ours, STATIC_ROUTE));
      assertThat(
              swan.attempt("--initiate", "--child", SwanConnection.CHILD, "--timeout", "20")
                  .succeeded())
          .isFalse();
      told(site, culvert, expected);
    }
  }

  private static void told(StrongswanLabSite site, CulvertProcess culvert, Expected expected) {
    String inactive = "show security ipsec inactive-tunnels detail";
    culvert.awaitCli(SOON, inactive, "State: " + expected.reason());
    assertThat(cli(culvert, inactive)).contains(expected.words());
    assertThat(cli(culvert, "show security ipsec security-associations"))
        .contains("Total active tunnels: 0 ");

    assertThat(cli(culvert, "show security ipsec why vpn to-swan"))
        .contains("It is down: ")
        .contains(expected.words())
        .contains("To be changed: ");

    assertThat(culvert.log())
        .contains("IKE_NEGOTIATION_FAILED")
        .contains("reason=" + expected.reason())
        .contains(expected.words());

    String metrics = site.metrics();
    String labels = "gateway=\"swan\",interface=\"st0.0\"";
    assertThat(metrics).contains("culvert_vpn_up{" + labels + ",vpn=\"to-swan\"} 0");
    assertThat(metrics)
        .containsPattern(
            Pattern.quote("culvert_vpn_down_reason{" + labels + ",reason=\"" + expected.reason())
                + "\".*} 1");

    assertThat(site.culvertNamespace.hasRoute(LAN_B)).isFalse();
    noSecretIn(site, culvert, metrics);
  }

  private static void remedied(CulvertProcess culvert, String statement) {
    assertThat(cli(culvert, "show security ipsec inactive-tunnels detail"))
        .containsPattern("To be changed: .*" + Pattern.quote(statement));
  }

  private static void noSecretIn(StrongswanLabSite site, CulvertProcess culvert, String metrics) {
    List<String> outputs =
        List.of(
            culvert.log(),
            metrics,
            cli(culvert, "show configuration"),
            cli(culvert, "show configuration | display set"),
            cli(culvert, "show security ike security-associations detail"),
            cli(culvert, "show security ipsec security-associations detail"),
            cli(culvert, "show security ipsec inactive-tunnels detail"),
            cli(culvert, "show security ipsec inactive-tunnels | display json"));
    assertThat(outputs)
        .allSatisfy(output -> assertThat(output).doesNotContain(SECRET, OTHER_SECRET));
  }
}
