package dev.culvert.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.daemon.configuration.StoreSite;
import dev.culvert.daemon.show.ConfigurationState;
import dev.culvert.daemon.show.FakeRouterState;
import dev.culvert.daemon.show.SampleRecords;
import dev.culvert.ipsec.monitor.VpnMonitorStatus;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xml.sax.InputSource;

/** What operators read. Each golden file begins with the command that prints it. */
class CommandsTest {
  private static final Path GOLDEN = Path.of("src/test/resources/dev/culvert/daemon/show/golden");

  private final FakeRouterState router = new FakeRouterState();
  private final StoreSite site = new StoreSite("system { host-name branch; }");
  private final Commands commands = new Commands(router, site.store);

  @Test
  void theMonitorsWordStandsBesideTheSaPairsAndInFrontOfThemAmongTheInactive() {
    assertThat(text("show security ipsec security-associations").text())
        .containsPattern("unlim - root|/ [0-9]+ - root");
    router.vpnMonitors = List.of(monitor(VpnMonitorStatus.State.UP, ""));
    assertThat(text("show security ipsec security-associations").text())
        .containsPattern("/ [a-z0-9]+ U root");
    assertThat(text("show security ipsec security-associations detail").text())
        .contains("  VPN monitoring: requests 12, replies 11, lost 1, round trip 20 ms\n")
        .contains("VPN Monitoring: UP\n");
    assertThat(text("show security ipsec inactive-tunnels").text())
        .contains("Total inactive tunnels: 1\n");

    router.vpnMonitors =
        List.of(monitor(VpnMonitorStatus.State.DOWN, "VPN monitoring: no reply from 10.0.0.2"));
    assertThat(text("show security ipsec security-associations").text())
        .containsPattern("/ [a-z0-9]+ D root");
    assertThat(text("show security ipsec inactive-tunnels detail").text())
        .contains("Total inactive tunnels: 2\n")
        .containsPattern("to-hub-a .* VPN monitoring: no reply from 10\\.0\\.0\\.2\n")
        .contains("State: monitor-failed, down for");
  }

  private static VpnMonitorStatus monitor(VpnMonitorStatus.State state, String detail) {
    return new VpnMonitorStatus(
        "to-hub-a",
        InterfaceName.of("st0.0"),
        state,
        SampleRecords.NOW.minusSeconds(30),
        detail,
        12,
        11,
        1,
        0,
        1,
        Duration.ofMillis(20));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void printsTheGoldenText(Path file) throws IOException {
    String golden = Files.readString(file);
    int firstLine = golden.indexOf('\n') + 1;
    String command = golden.substring("> ".length(), firstLine).strip();
    Answers answer = text(command);
    assertThat(answer.error()).isNull();
    assertThat(answer.text()).isEqualTo(golden.substring(firstLine));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void printsTheSameAsWellFormedJsonAndXml(Path file) throws Exception {
    String golden = Files.readString(file);
    String command = golden.substring("> ".length(), golden.indexOf('\n')).strip();
    Answers answer = Answers.of(commands, command, Request.Format.ELEMENTS, false);
    assertThat(answer.error()).isNull();
    assertThat(JsonParser.parseString(answer.document().toJson()).isJsonObject()).isTrue();
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(answer.document().toXml())));
  }

  static Stream<Path> golden() throws IOException {
    try (Stream<Path> files = Files.list(GOLDEN)) {
      return files.sorted().toList().stream();
    }
  }

  @Test
  void everyShowCommandHasAGoldenFile() throws IOException {
    List<String> printed =
        golden().map(CommandsTest::firstLine).map(line -> line.substring("> ".length())).toList();
    // These two print what differs from machine to machine.
    List<String> process = List.of("show system status", "show version");
    assertThat(leaves("show ").stream().filter(command -> !process.contains(command)))
        .isNotEmpty()
        .allSatisfy(command -> assertThat(printed).anyMatch(p -> p.startsWith(command)));
  }

  private static String firstLine(Path file) {
    try {
      return Files.readAllLines(file).getFirst();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Every command that completion leads to, found by walking it. */
  private List<String> leaves(String line) {
    List<Completion> next = commands.complete(line).stream().filter(Completion::literal).toList();
    return next.stream()
        .flatMap(c -> {
          String longer = line + c.word();
          String error = text(longer).error();
          boolean incomplete = error != null && error.startsWith("incomplete command");
          return incomplete ? leaves(longer + " ").stream() : Stream.of(longer);
        })
        .toList();
  }

  @Test
  void theForwardingTableNamesWhatTheKernelRefuses() {
    router.refusedRoutes.put(
        IpPrefix.parse("10.9.0.0/16").orElseThrow(), "Nexthop has invalid gateway");

    assertThat(text("show route forwarding-table").text())
        .contains(
            """

            Refused by the kernel:
            Destination        Reason
            10.9.0.0/16        Nexthop has invalid gateway

            Routing table: default.inet6
            """);
    Answers answer =
        Answers.of(commands, "show route forwarding-table", Request.Format.ELEMENTS, false);
    assertThat(answer.document().toJson()).contains("rt-refused", "Nexthop has invalid gateway");
  }

  @Test
  void systemStatusSaysThatTheRouterIsReady() {
    Answers answer = Answers.of(commands, "show system status", Request.Format.ELEMENTS, false);
    assertThat(JsonParser.parseString(answer.document().toJson()).toString())
        .contains("\"state\":\"ready\"");
    assertThat(text("show system status").text())
        .contains("State: ready\n", "Uptime: 1d 01:00:00\n", "ESP cipher provider: libcrypto\n");
  }

  @Test
  void systemStatusListsTheProtocolsWithTheirFaultsAndWhetherTheyRun() {
    assertThat(text("show system status").text())
        .contains(
            "Instance       Faults  State\n",
            "ospf                0  running\n",
            "bgp                 2  restarting in 4 s\n");
    Answers answer = Answers.of(commands, "show system status", Request.Format.ELEMENTS, false);
    assertThat(JsonParser.parseString(answer.document().toJson()).toString())
        .contains("\"state\":\"restarting in 4 s\"");
  }

  @Test
  void aTunnelOfSeveralQueuesIsShownWithAllItsPairsAndInDetailWithTheirQueues() {
    router.ipsecSas = SampleRecords.ipsecSasOfTwoQueues();

    assertThat(text("show security ipsec security-associations").text())
        .contains("Total active tunnels: 1     Total Ipsec sas: 2\n")
        .containsSubsequence("<131073", "1a2b3c4d", ">131073", "<131073", "2a2b3c4e", ">131073")
        .doesNotContain("queue");
    assertThat(text("show security ipsec security-associations detail").text())
        .containsSubsequence(
            "  Forwarding queue: 1\n",
            "SPI: 1a2b3c4d",
            "SPI: 5e6f7081",
            "  Forwarding queue: 0\n",
            "SPI: 2a2b3c4e");
    Answers answer =
        Answers.of(
            commands, "show security ipsec security-associations", Request.Format.ELEMENTS, false);
    assertThat(JsonParser.parseString(answer.document().toJson()).toString())
        .containsSubsequence("\"sa-forwarding-queue\":", "\"sa-forwarding-queue\":");
  }

  @ParameterizedTest
  @CsvSource({
    "sh ospf nei, show ospf neighbor",
    "show sec ik sec, show security ike security-associations",
    "show conf protocols ospf, show configuration protocols ospf",
    "show conf prot osp, show configuration protocols ospf",
    "show route forw, show route forwarding-table",
    "sh ro te, show route terse",
    "sh ro 10.0.0.0/8 det prot ospf, show route 10.0.0.0/8 detail protocol ospf",
    "show ospf neighbor extensive, show ospf neighbor detail",
    "show bfd session extensive, show bfd session detail",
    "sh ospf nei de, show ospf neighbor detail",
    "show security ike sa, show security ike security-associations",
    "show security ipsec sa det, show security ipsec security-associations detail"
  })
  void wordsMayBeAbbreviated(String abbreviated, String whole) {
    assertThat(text(abbreviated)).isEqualTo(text(whole));
  }

  @ParameterizedTest
  @CsvSource({
    "show bgp sumary, unknown command: 'sumary'",
    "sing, unknown command: 'sing'",
    "show ospf, incomplete command: show ospf",
    "show ospf neighbor fully, unknown option: fully",
    "show route ex, ambiguous option: ex",
    "show route exact, 'exact' and 'best' need a destination",
    "show route nowhere, 'nowhere' is neither an address nor a prefix",
    "show route 10.0.0.0/8 again, unexpected 'again'",
    "show route protocol, 'protocol' needs a name",
    "show route protocol isis, no such protocol: isis",
    "show route table vpn.0, no such table: vpn.0",
    "show bgp neighbor 10.9.9.9, no such neighbor: 10.9.9.9",
    "show bgp neighbor hub, name the peer by its address",
    "show route receive-protocol bgp, name the peer by its address",
    "show route receive-protocol bgp 10.9.9.9, no such neighbor: 10.9.9.9",
    "show configuration protokols, unknown statement 'protokols'; did you mean 'protocols'?",
    "show configuration protocols ospf area 0.0.0.0 metrik, unknown statement 'metrik'",
    "show configuration protocols ospf area west, 'west' is not <area-id>",
    "show configuration system host-name branch, 'branch' leads nowhere: name the statement only"
  })
  void whatIsWrongIsToldInOneLine(String line, String error) {
    assertThat(text(line).error()).isEqualTo(error);
    assertThat(text(line).text()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"show b", "show s", "s", "show security ipsec", ""})
  void lessThanACommandRunsNothing(String line) {
    assertThat(text(line).error()).isNotNull();
  }

  @Test
  void aRouteIsFoundByAddressByPrefixAndByProtocol() {
    assertThat(text("show route 10.2.0.9").text()).contains("10.2.0.0/24").doesNotContain("203.0");
    assertThat(text("show route 10.0.0.0/8").text())
        .contains("10.0.0.0/30", "10.2.0.0/24")
        .doesNotContain("203.0.113.0");
    assertThat(text("show route protocol bgp").text())
        .contains("[BGP/170]")
        .doesNotContain("[OSPF/10]");
    assertThat(text("show route table inet6.0").text()).isEmpty();
  }

  @Test
  void aRouteIsFoundExactlyOrAsTheLongestThatCovers() {
    assertThat(text("show route 10.2.0.0/24 exact").text()).contains("10.2.0.0/24");
    assertThat(text("show route 10.0.0.0/8 exact").text()).doesNotContain("10.2.0.0/24");
    assertThat(text("show route 10.2.0.64/28 best").text())
        .contains("10.2.0.0/24")
        .doesNotContain("10.0.0.0/30");
    assertThat(text("show route 10.0.0.0/8 best").text()).doesNotContain("10.2.0.0/24");
  }

  @Test
  void onlyActiveOrOnlyHiddenRoutesAreShown() {
    assertThat(text("show route active-path").text())
        .contains("*[OSPF/10]")
        .doesNotContain("[BGP/170]", "Hidden reason");
    assertThat(text("show route hidden").text())
        .contains("Hidden reason: would carry the tunnel st0.0 into itself")
        .doesNotContain("10.2.0.0/24", "203.0.113.0/24");
  }

  @Test
  void saPairsAreShownOfOneVpnOrOneTunnel() {
    String whole = text("show security ipsec security-associations detail").text();
    assertThat(text("show security ipsec sa vpn-name to-hub-a").text()).isEqualTo(whole);
    assertThat(text("show security ipsec sa index 131073").text()).isEqualTo(whole);
    assertThat(text("show security ipsec sa index 131074").text()).doesNotContain("to-hub-a");
    assertThat(text("show security ipsec sa vpn-name to-hub-z").error())
        .isEqualTo("no such VPN: to-hub-z");
    assertThat(text("show security ipsec sa index").error()).isEqualTo("'index' needs a value");
    assertThat(words("show security ipsec sa index ")).containsExactly("131073");
  }

  @Test
  void completionOffersTheNamesThereAreWhereOneIsAwaited() {
    assertThat(words("show route table ")).containsExactly("inet.0", "inet6.0");
    assertThat(words("show route protocol b")).containsExactly("bgp");
    assertThat(words("show route prot b")).containsExactly("bgp");
    assertThat(words("show security ipsec why vpn ")).containsExactly("to-hub-a", "to-hub-b");
    assertThat(words("request security ike rekey ")).containsExactly("hub-a", "hub-b");
    // A prefix may follow as well, whatever it begins with.
    assertThat(words("show route terse t")).containsExactly("<prefix>", "table");
  }

  @Test
  void everyWordThatMayBeTypedFirstIsExplained() {
    assertThat(commands.complete(""))
        .isNotEmpty()
        .allSatisfy(completion -> assertThat(completion.help()).isNotEmpty());
    assertThat(commands.complete("show "))
        .allSatisfy(completion -> assertThat(completion.help()).as(completion.word()).isNotEmpty());
    assertThat(commands.complete("show route "))
        .allSatisfy(completion -> assertThat(completion.help()).as(completion.word()).isNotEmpty());
  }

  @Test
  void onlyAnOperatorWhoMayConfigureChangesAnything() {
    for (String line :
        List.of(
            "clear bgp neighbor",
            "clear security ike security-associations",
            "clear security ipsec security-associations",
            "clear security flow session all",
            "request security ike rekey hub-a",
            "request security ipsec rekey hub-a",
            "request system configuration reload")) {
      assertThat(text(line).error()).startsWith("permission denied");
    }
    assertThat(router.orders).isEmpty();
    assertThat(router.flowTable.sessions).hasSize(4);
  }

  @Test
  void sessionsAreClearedOnlyIfItIsSaidWhich() {
    assertThat(order("clear security flow session").error())
        .isEqualTo("say which sessions, or 'all'");
    assertThat(router.flowTable.sessions).hasSize(4);
    assertThat(order("clear security flow session protocol tcp source-port 40001").text())
        .isEqualTo("1 active sessions cleared\n");
    assertThat(router.flowTable.sessions).hasSize(3);
    assertThat(order("clear security flow session all").text())
        .isEqualTo("3 active sessions cleared\n");
    assertThat(router.flowTable.sessions).isEmpty();
  }

  @Test
  void aKernelThatListsNoSessionsSaysWhy() {
    router.flowTable.refusal = "list sessions: not supported";
    assertThat(text("show security flow session").error())
        .isEqualTo("the kernel's sessions: list sessions: not supported");
  }

  @Test
  void anOperatorsOrdersReachTheRouter() {
    for (String line :
        List.of(
            "clear bgp neighbor",
            "clear bgp neighbor 10.255.0.2 soft",
            "clear security ike security-associations",
            "clear security ike security-associations hub-a",
            "clear security ipsec security-associations",
            "clear security ipsec sa vpn to-hub-b",
            "request security ike rekey hub-a",
            "request security ipsec rekey hub-b")) {
      assertThat(order(line).error()).isNull();
    }
    assertThat(router.orders)
        .containsExactly(
            "clear bgp null",
            "clear bgp 10.255.0.2 soft",
            "clear ike null",
            "clear ike hub-a",
            "clear ipsec null",
            "clear ipsec to-hub-b",
            "rekey hub-a ike",
            "rekey hub-b ipsec");
  }

  @Test
  void theConfigurationInForceIsComparedWithEarlierOnes() {
    router.configuration = site.committed();
    assertThat(text("show configuration | compare").text()).isEmpty();
    assertThat(text("show configuration | compare rollback 1").error())
        .isEqualTo("error: rollback 1: there is no such commit");
    assertThat(text("show configuration sytem | compare").error())
        .contains("did you mean 'system'?");
  }

  @Test
  void aRefusedReloadIsAnErrorWithItsFindings() {
    assertThat(order("request system configuration reload").error()).isNull();
    site.refusals = List.of("culvert.conf:3: [system] unknown statement 'x'");
    Answers refused = order("request system configuration reload");
    assertThat(refused.error()).isEqualTo("configuration refused: the one in force stays");
    assertThat(refused.text()).isEqualTo(site.refusals.getFirst() + "\n");
  }

  @Test
  void theStatusNamesWhatAnOperatorHasToMend() {
    router.state = "degraded";
    router.problems.put("IKE port 192.0.2.2:500", "Address already in use");
    assertThat(text("show system status").text())
        .contains("State: degraded", "Problem: IKE port 192.0.2.2:500: Address already in use");
  }

  @Test
  void theStatusTellsWhatBecameOfTheConfigurationFile() {
    router.configurationState =
        new ConfigurationState(
            Path.of("/etc/culvert/culvert.conf"),
            SampleRecords.NOW,
            "culvert.conf:3: [system] unknown statement 'x'",
            Path.of("/var/lib/culvert/active.conf"));
    assertThat(text("show system status").text())
        .contains(
            "Configuration: /etc/culvert/culvert.conf",
            "refused 2026-",
            "unknown statement 'x'",
            "in force instead: /var/lib/culvert/active.conf");
  }

  @ParameterizedTest
  @CsvSource({
    "clear bgp neighbor 10.9.9.9, no such neighbor: 10.9.9.9",
    "clear bgp neighbor hub, name the peer by its address",
    "clear security ike security-associations hub-z, no such gateway: hub-z",
    "clear security ipsec security-associations vpn-name hub-z, no such VPN: hub-z",
    "clear security ipsec security-associations vpn-name, name the VPN: vpn-name NAME",
    "clear security flow session protocol tpc, no protocol: tpc",
    "request security ike rekey, name the gateway",
    "request security ipsec rekey hub-z, no such gateway: hub-z"
  })
  void anOrderThatNamesNothingIsRefused(String line, String error) {
    assertThat(order(line).error()).isEqualTo(error);
    assertThat(router.orders).isEmpty();
  }

  @Test
  void completionOffersWhatMayFollow() {
    assertThat(words("sh")).containsExactly("show");
    assertThat(words("show o")).containsExactly("ospf");
    assertThat(words("show ospf "))
        .containsExactly("database", "interface", "neighbor", "overview", "route", "statistics");
    assertThat(words("show bgp neighbor ")).containsExactly("10.255.0.2", "10.255.0.3");
    assertThat(words("show nothing ")).isEmpty();
  }

  @Test
  void completionOfAConfigurationPathComesFromTheSchema() {
    assertThat(words("show configuration proto")).containsExactly("protocols");
    assertThat(words("show configuration protocols ")).contains("bgp", "ospf");
    assertThat(words("show configuration protocols ospf ar")).containsExactly("area");
    assertThat(words("show configuration security ike gateway ")).containsExactly("<name>");
    assertThat(words("show configuration protocols ospf ap"))
        .containsExactly("apply-groups", "apply-groups-except");
  }

  @Test
  void aStatementThatIsNotSetPrintsNothing() {
    assertThat(text("show configuration routing-options rib inet6.0"))
        .isEqualTo(new Answers(null, "", null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TEXT", "SET", "ELEMENTS"})
  void noFormOfTheConfigurationShowsASecret(Request.Format format) {
    Answers answer = Answers.of(commands, "show configuration security ike", format, true);
    String shown =
        answer.document() == null
            ? answer.text()
            : answer.document().toJson() + answer.document().toXml();
    assertThat(shown).contains("secret").doesNotContain("change-me-before-use");
  }

  @Test
  void displaySetPrintsWholePaths() {
    Answers answer =
        Answers.of(commands, "show configuration protocols bgp", Request.Format.SET, false);
    assertThat(answer.text())
        .isEqualTo(
            """
            set protocols bgp group hub type internal
            set protocols bgp group hub local-address 10.255.0.1
            set protocols bgp group hub export second-lan
            set protocols bgp group hub neighbor 10.255.0.2
            """);
  }

  private Answers text(String line) {
    return Answers.of(commands, line, Request.Format.TEXT, false);
  }

  private Answers order(String line) {
    return Answers.of(commands, line, Request.Format.TEXT, true);
  }

  private List<String> words(String line) {
    return commands.complete(line).stream().map(Completion::word).toList();
  }
}
