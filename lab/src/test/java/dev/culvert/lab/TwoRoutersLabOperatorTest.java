package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.BACKUP;
import static dev.culvert.lab.TwoRouters.HUB_LAN;
import static dev.culvert.lab.TwoRouters.PRIMARY;
import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonParser;
import dev.culvert.lab.demo.TwoSites;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an operator does with two running routers, and what monitoring sees of them. */
@Lab
class TwoRoutersLabOperatorTest {
  private static final String SECRET = "change-me-before-use";
  private static final int METRICS_PORT = 9177;
  private static final int ROUTE_METRIC = 500;

  private static LabNetwork network;
  private static TwoSites sites;
  private static TwoSites.Routers routers;

  @BeforeAll
  static void bringUpTwoSites() {
    network = LabNetwork.create();
    sites = TwoSites.build(network);
    routers = sites.start(TwoRouters.configuration("branch"), TwoRouters.configuration("hub"));
    TwoRouters.awaitConverged(sites, routers);
  }

  @AfterAll
  static void removeAllAfterALastLookAtTheLogs() {
    try {
      for (CulvertProcess router : routers.both()) {
        assertThat(router.log()).contains("SYSTEM_READY").doesNotContain(SECRET);
      }
    } finally {
      network.close();
    }
  }

  static List<String> shows() {
    return List.of(
        "show route",
        "show route 10.2.0.10",
        "show route terse",
        "show route detail",
        "show route protocol bgp",
        "show route forwarding-table",
        "show interfaces terse",
        "show ospf neighbor",
        "show ospf interface",
        "show ospf database",
        "show bgp summary",
        "show bgp neighbor",
        "show bfd session",
        "show security ike security-associations",
        "show security ike security-associations detail",
        "show security ipsec security-associations",
        "show security ipsec security-associations detail",
        "show security ipsec statistics",
        "show configuration",
        "show system status",
        "show version");
  }

  @ParameterizedTest
  @MethodSource("shows")
  void everyShowAnswersInTextAndInJsonThatParsesAndNeverWithTheSecret(String command)
      throws Exception {
    String text = routers.branch().cli(command + " | no-more");
    String json = routers.branch().cli(command + " | display json");

    assertThat(text).isNotBlank().doesNotContain(SECRET);
    assertThat(json).doesNotContain(SECRET);
    assertThat(JsonParser.parseString(json).getAsJsonObject().size()).isPositive();
  }

  @Test
  void theMetricsAreValidTellTheTunnelsUpAndKeepTheSecret() throws Exception {
    String metrics = metrics();

    assertThat(metrics.lines())
        .anyMatch(line -> line.matches("culvert_vpn_up\\{.*to-hub-a.*} 1(\\.0)?"))
        .anyMatch(line -> line.matches("culvert_vpn_up\\{.*to-hub-b.*} 1(\\.0)?"));
    assertThat(metrics).doesNotContain(SECRET);
    assumeTrue(HostCommand.exists("promtool"), "promtool is not installed (package prometheus)");
    Path file = network.folder("metrics").resolve("metrics.txt");
    Files.writeString(file, metrics);
    HostCommand.Result check =
        HostCommand.attempt(
            Duration.ofSeconds(60),
            List.of("sh", "-c", "promtool check metrics <\"$1\"", "sh", file.toString()));
    assertThat(check.output()).isBlank();
    assertThat(check.exitStatus()).isZero();
  }

  @Test
  void aSecondInstanceOnTheSameRunDirectoryIsRefusedInOneLine() {
    CulvertProcess branch = routers.branch();

    HostCommand.Result second =
        HostCommand.attempt(SOON, branch.namespace().inside(branch.commandLine()));

    assertThat(second.exitStatus()).isEqualTo(1);
    assertThat(second.output().lines())
        .containsExactly(
            "culvertd: another culvertd (pid "
                + branch.process().pid()
                + ") runs on "
                + branch.runDir());
    assertThatCode(() -> branch.cli("show system status")).doesNotThrowAnyException();
    TwoRouters.awaitRoute(sites.branch(), HUB_LAN, PRIMARY);
  }

  @Test
  void aChangedFileIsTakenAtSighup() {
    CulvertProcess branch = routers.branch();
    String before = TwoRouters.configuration("branch");

    branch.reload(before.replace("metric 10;", "metric " + ROUTE_METRIC + ";"));

    TwoRouters.awaitRoute(sites.branch(), HUB_LAN, BACKUP);
    branch.awaitCli(SOON, "show configuration", "metric " + ROUTE_METRIC);
    branch.reload(before);
    TwoRouters.awaitConverged(sites, routers);
  }

  @Test
  void aBadFileIsRefusedAtSighupWithEveryFindingAndNothingChanges() throws Exception {
    CulvertProcess branch = routers.branch();
    String before = TwoRouters.configuration("branch");
    String running = branch.cli("show configuration");
    String bad =
        before
            .replace("metric 10;", "metric 70000;")
            .replace("dh-group group19;", "dh-group group99;")
            .replace("metric 100;", "metric 3;");

    branch.reload(bad);

    Await.until(
        SOON,
        "both findings in the log",
        () -> branch.log().contains("70000") && branch.log().contains("group99"),
        branch::log);
    assertThat(branch.log())
        .containsPattern("culvert\\.conf:\\d+: .*interface st0\\.0.*70000")
        .containsPattern("culvert\\.conf:\\d+: .*security ike proposal strong.*group99");
    assertThat(branch.cli("show configuration")).isEqualTo(running);
    assertThat(branch.cli("show ospf neighbor | match Full | count")).contains("2 lines");
    TwoRouters.awaitRoute(sites.branch(), HUB_LAN, PRIMARY);
    branch.reload(before);
  }

  @Test
  void whatIsKeptOnDiskWithTheSecretIsForItsOwnerAlone() throws Exception {
    for (CulvertProcess router : routers.both()) {
      try (var files = Files.walk(router.stateDir())) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          // Not all of them are text.
          boolean hasSecret = Files.readString(file, StandardCharsets.ISO_8859_1).contains(SECRET);
          if (hasSecret || file.endsWith("crash-secret")) {
            assertThat(Files.getPosixFilePermissions(file).toString())
                .doesNotContain("GROUP", "OTHERS");
          }
        }
      }
    }
  }

  /** What a scrape of the branch gets. */
  private static String metrics() throws IOException, InterruptedException {
    return NetworkNamespaceEntry.call(
        sites.branch().file(),
        () -> {
          try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), METRICS_PORT)) {
            String request =
                "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readAllBytes();
            String text = new String(answer, StandardCharsets.UTF_8);
            assertThat(text).startsWith("HTTP/1.1 200");
            return text.substring(text.indexOf("\r\n\r\n") + 4);
          }
        });
  }
}
