package dev.culvert.tun.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.NetworkNamespace;
import dev.culvert.tun.Shell;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** nftables of the real kernel, each test in a namespace of its own. */
@Tag("lab")
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NftablesLabTest {
  private static final String TABLE = "culvert";

  private NetworkNamespace namespace;

  @BeforeEach
  void enter() throws Exception {
    namespace = new NetworkNamespace();
    namespace.run(() -> Shell.run("ip link set lo up"));
  }

  @AfterEach
  void leave() {
    namespace.close();
  }

  static Stream<NftablesPort> ports() {
    return Stream.of(LibNftables.open().orElseThrow(), NftProgram.open().orElseThrow());
  }

  @Test
  void theLibraryIsPreferred() {
    assertThat(Nftables.open().orElseThrow()).isInstanceOf(LibNftables.class);
  }

  @ParameterizedTest
  @MethodSource("ports")
  void aTableIsMadeReplacedAndListed(NftablesPort nftables) throws Exception {
    namespace.run(() -> {
      assertThat(nftables.apply(ruleset("drop"))).isEqualTo(new NftResult.Done(""));
      assertThat(listing(nftables)).contains("\"drop\": null").contains("\"name\": \"hits\"");
      assertThat(nftables.apply(ruleset("accept"))).isEqualTo(new NftResult.Done(""));
      assertThat(listing(nftables)).contains("\"accept\": null").doesNotContain("\"drop\": null");
    });
  }

  @ParameterizedTest
  @MethodSource("ports")
  void whatTheKernelRefusesLeavesTheOldInForce(NftablesPort nftables) throws Exception {
    namespace.run(() -> {
      assertThat(nftables.apply(ruleset("drop"))).isInstanceOf(NftResult.Done.class);
      String before = listing(nftables);
      String faulty =
          commands(
              recreate(),
              """
              {"add": {"rule": {"family": "inet", "table": "culvert", "chain": "absent",
                "expr": [{"accept": null}]}}}
              """);
      assertThat(nftables.check(faulty)).isEqualTo(refusedAsAbsent());
      assertThat(nftables.apply(faulty)).isEqualTo(refusedAsAbsent());
      assertThat(nftables.apply("{\"nftables\": [{\"add\": {\"rul\": {}}}]}"))
          .isEqualTo(
              new NftResult.Refused(
                  "Unknown object passed to add command.;"
                      + " Parsing command array at index 0 failed."));
      assertThat(nftables.apply("{\"nftables\": [{")).isInstanceOf(NftResult.Refused.class);
      assertThat(listing(nftables)).isEqualTo(before);
    });
  }

  private static NftResult refusedAsAbsent() {
    return new NftResult.Refused("Could not process rule: No such file or directory");
  }

  @ParameterizedTest
  @MethodSource("ports")
  void commandsInItsOwnLanguageAreOneTransactionToo(NftablesPort nftables) throws Exception {
    namespace.run(() -> {
      assertThat(nftables.applyCommands("add table inet one\nadd table inet two\n"))
          .isEqualTo(new NftResult.Done(""));
      assertThat(Shell.run("nft list tables")).contains("one").contains("two");
      assertThat(nftables.applyCommands("add table inet three\nadd chain inet absent c\n"))
          .isInstanceOf(NftResult.Refused.class);
      assertThat(Shell.run("nft list tables")).doesNotContain("three");
    });
  }

  @Test
  void theContentsOfATableAreListedWithoutWhatRulesHoldAndWhatOthersHave() throws Exception {
    namespace.run(() -> {
      Shell.run(
          "nft -f - <<'END'\n"
              + """
              table inet theirs {
                counter other { }
                set another { type ipv4_addr; }
                chain theirs { }
              }
              table inet culvert {
                counter hits { }
                quota some { 10 mbytes }
                set seen { type ipv4_addr; }
                map places { type ipv4_addr : verdict; }
                chain one {
                  ip saddr { 10.0.0.1, 10.0.0.2 } counter name hits
                }
                chain two {
                  type filter hook forward priority 0;
                }
              }
              """
              + "END\n");
      try (NftTable table = NftTable.open(TABLE);
          NftTable absent = NftTable.open("absent")) {
        assertThat(table.contents())
            .isEqualTo(
                new NftContents(
                    Set.of("one", "two"), Set.of("seen", "places"), Set.of("hits"), Set.of()));
        assertThat(absent.contents())
            .isEqualTo(new NftContents(Set.of(), Set.of(), Set.of(), Set.of()));
      }
    });
  }

  @ParameterizedTest
  @MethodSource("ports")
  void aCheckChangesNothing(NftablesPort nftables) throws Exception {
    namespace.run(() -> {
      assertThat(nftables.check(ruleset("drop"))).isEqualTo(new NftResult.Done(""));
      try (NftTable table = NftTable.open(TABLE)) {
        assertThat(table.exists()).isFalse();
      }
    });
  }

  @ParameterizedTest
  @MethodSource("ports")
  void tablesOfOthersAreLeftAlone(NftablesPort nftables) throws Exception {
    namespace.run(() -> {
      Shell.run("nft add table inet theirs; nft add chain inet theirs c; nft add table ip culvert");
      String before = Shell.run("nft -a list table inet theirs; nft -a list table ip culvert");
      nftables.apply(ruleset("drop"));
      nftables.apply(ruleset("accept"));
      nftables.apply(
          commands("{\"delete\": {\"table\": {\"family\": \"inet\", \"name\": \"culvert\"}}}"));
      assertThat(Shell.run("nft -a list table inet theirs; nft -a list table ip culvert"))
          .isEqualTo(before);
    });
  }

  @Test
  void countersCountAndAreReadByTheirNames() throws Exception {
    namespace.run(() -> {
      LibNftables.open().orElseThrow().apply(ruleset("accept"));
      sendOverLoopback(3, 100);
      try (NftTable table = NftTable.open(TABLE)) {
        assertThat(table.exists()).isTrue();
        assertThat(table.counters())
            .isEqualTo(
                Map.of(
                    "hits",
                    new NftCounter("hits", 3, 3 * (100 + 28)),
                    "misses",
                    new NftCounter("misses", 0, 0)));
      }
      try (NftTable absent = NftTable.open("absent")) {
        assertThat(absent.exists()).isFalse();
        assertThat(absent.counters()).isEmpty();
      }
    });
  }

  @Test
  void someoneElsesDeletionIsHeardAndOurOwnTransactionsAreNot() throws Exception {
    namespace.run(() -> {
      NftablesPort nftables = LibNftables.open().orElseThrow();
      try (TableMonitor monitor = TableMonitor.open(TABLE);
          EpollPoller poller = EpollPoller.open()) {
        poller.add(monitor, 1);
        monitor.during(() -> nftables.apply(ruleset("drop")));
        monitor.during(() -> nftables.apply(ruleset("accept")));
        monitor.during(() -> nftables.apply("{\"nftables\": [{\"add\": {\"rul\": {}}}]}"));
        assertThat(monitor.drain()).isEmpty();

        Shell.run("nft add table inet theirs; nft add table ip culvert");
        assertThat(monitor.drain()).isEmpty();

        Shell.run("nft delete table inet culvert");
        assertThat(poller.await(10_000)).isPositive();
        assertThat(monitor.drain().orElseThrow())
            .satisfies(change -> {
              assertThat(change.kind()).isEqualTo(TableChange.Kind.DELETED);
              assertThat(change.process()).isEqualTo("nft");
              assertThat(change.pid()).isPositive();
            });
        assertThat(monitor.drain()).isEmpty();
      }
    });
  }

  @Test
  void theSameByTheProgram() throws Exception {
    namespace.run(() -> {
      NftablesPort nftables = NftProgram.open().orElseThrow();
      try (TableMonitor monitor = TableMonitor.open(TABLE)) {
        monitor.during(() -> nftables.apply(ruleset("drop")));
        assertThat(monitor.drain()).isEmpty();
        Shell.run("nft flush chain inet culvert output");
        assertThat(monitor.drain().orElseThrow().kind()).isEqualTo(TableChange.Kind.CHANGED);
        Shell.run("nft flush ruleset");
        assertThat(monitor.drain().orElseThrow().kind()).isEqualTo(TableChange.Kind.DELETED);
      }
    });
  }

  @Test
  void someoneElsesTransactionBesideOursIsNotMissed() throws Exception {
    namespace.run(() -> {
      NftablesPort nftables = LibNftables.open().orElseThrow();
      try (TableMonitor monitor = TableMonitor.open(TABLE)) {
        monitor.during(() -> {
          NftResult result = nftables.apply(ruleset("drop"));
          Shell.run("nft delete table inet culvert");
          return result;
        });
        assertThat(monitor.drain().orElseThrow().kind())
            .isEqualTo(TableChange.Kind.PERHAPS_CHANGED);
      }
    });
  }

  @Test
  void moreThanTheSocketHoldsCountsAsPerhapsChanged() throws Exception {
    namespace.run(() -> {
      try (TableMonitor monitor = TableMonitor.open(TABLE, 8 << 10)) {
        NftablesPort nftables = LibNftables.open().orElseThrow();
        nftables.apply(manyRules(5_000));
        assertThat(monitor.drain().orElseThrow().kind())
            .isEqualTo(TableChange.Kind.PERHAPS_CHANGED);
        assertThat(monitor.drain()).isEmpty();
        monitor.during(() -> nftables.apply(ruleset("drop")));
        assertThat(monitor.drain()).isEmpty();
        Shell.run("nft delete table inet culvert");
        assertThat(monitor.drain().orElseThrow().kind()).isEqualTo(TableChange.Kind.DELETED);
      }
    });
  }

  @ParameterizedTest
  @MethodSource("ports")
  void tenThousandRulesWithCountersAreOneTransaction(NftablesPort nftables) throws Exception {
    namespace.run(() -> {
      int rules = 10_000;
      assertThat(nftables.apply(manyRules(rules))).isEqualTo(new NftResult.Done(""));
      assertThat(nftables.apply(manyRules(rules))).isEqualTo(new NftResult.Done(""));
      try (NftTable table = NftTable.open(TABLE)) {
        assertThat(table.counters()).hasSize(rules);
      }
    });
  }

  // ---- documents ----

  private static String ruleset(String verdict) {
    return commands(
        recreate(),
        "{\"add\": {\"counter\": {\"family\": \"inet\", \"table\": \"culvert\", \"name\": \"hits\"}}}",
        "{\"add\": {\"counter\": {\"family\": \"inet\", \"table\": \"culvert\", \"name\": \"misses\"}}}",
        """
        {"add": {"chain": {"family": "inet", "table": "culvert", "name": "output",
          "type": "filter", "hook": "output", "prio": 0, "policy": "accept"}}}
        """,
        """
        {"add": {"rule": {"family": "inet", "table": "culvert", "chain": "output",
          "expr": [{"counter": "hits"}, {"%s": null}]}}}
        """
            .formatted(verdict));
  }

  private static String manyRules(int rules) {
    String counters =
        IntStream.range(0, rules)
            .mapToObj(i ->
                "{\"add\": {\"counter\": {\"family\": \"inet\", \"table\": \"culvert\","
                    + " \"name\": \"c%d\"}}}".formatted(i))
            .collect(Collectors.joining(","));
    String chain =
        "{\"add\": {\"chain\": {\"family\": \"inet\", \"table\": \"culvert\", \"name\": \"p\"}}}";
    String added =
        IntStream.range(0, rules)
            .mapToObj(i ->
                """
                {"add": {"rule": {"family": "inet", "table": "culvert", "chain": "p", "expr": [
                  {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}},
                    "right": "10.%d.%d.1"}},
                  {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}},
                    "right": %d}},
                  {"counter": "c%d"}, {"accept": null}]}}}
                """
                    .formatted(i >> 8, i & 0xFF, 1 + i, i))
            .collect(Collectors.joining(","));
    return commands(recreate(), counters, chain, added);
  }

  /** An add first, so that the deletion cannot fail. */
  private static String recreate() {
    String table = "{\"table\": {\"family\": \"inet\", \"name\": \"culvert\"}}";
    return String.join(
        ",",
        List.of(
            "{\"add\": " + table + "}", "{\"delete\": " + table + "}", "{\"add\": " + table + "}"));
  }

  private static String commands(String... commands) {
    return "{\"nftables\": [" + String.join(",", commands) + "]}";
  }

  private static String listing(NftablesPort nftables) {
    NftResult listed =
        nftables.list(
            commands("{\"list\": {\"table\": {\"family\": \"inet\", \"name\": \"culvert\"}}}"));
    assertThat(listed).isInstanceOf(NftResult.Done.class);
    return ((NftResult.Done) listed).output();
  }

  // ---- the machine ----

  private static void sendOverLoopback(int packets, int octets) throws Exception {
    try (DatagramSocket to = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
        DatagramSocket from = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
      for (int i = 0; i < packets; i++) {
        from.send(new DatagramPacket(new byte[octets], octets, to.getLocalSocketAddress()));
      }
    }
  }
}
