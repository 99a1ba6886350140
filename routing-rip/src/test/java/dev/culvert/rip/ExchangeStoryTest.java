package dev.culvert.rip;

import static dev.culvert.rip.Played.announce;
import static dev.culvert.rip.Played.blackhole;
import static dev.culvert.rip.Played.config;
import static dev.culvert.rip.Played.neighbor;
import static dev.culvert.rip.Played.response;
import static dev.culvert.rip.Played.withdraw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.wire.Octets;
import dev.culvert.rip.VirtualNetwork.Sent;
import dev.culvert.rip.VirtualNetwork.VirtualRouter;
import dev.culvert.rip.VirtualNetwork.Wire;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.SendMode;
import dev.culvert.rip.packet.RipCommand;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import dev.culvert.rip.packet.RouteEntry;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two or three routers of RIP in virtual time: what they tell each other, and when. */
class ExchangeStoryTest {
  private final VirtualNetwork network = new VirtualNetwork(RipFlavor.RIP, 1);
  private final VirtualRouter a = network.router("a");
  private final VirtualRouter b = network.router("b");
  private final Wire wire = network.attach(a, null, "eth0", false, "10.0.0.1/24");

  ExchangeStoryTest() {
    network.attach(b, wire, "eth0", false, "10.0.0.2/24");
  }

  private void start() {
    a.commit(config("eth0"));
    b.commit(config("eth0"));
    network.run(Duration.ofSeconds(1));
  }

  @Test
  void aRouteIsLearnedWithOneMoreThanItsMetricAtOnce() {
    a.apply(announce("10.1.0.0/16", 77));
    start();

    Route route = b.route("10.1.0.0/16");
    assertThat(route).isNotNull();
    assertThat(route.metric()).isEqualTo(2);
    assertThat(route.preference()).isEqualTo(100);
    assertThat(route.detail()).isEqualTo(new RouteDetail.Rip(77));
    assertThat(route.nextHops())
        .containsExactly(new NextHop.Via(InterfaceName.of("eth0"), Ipv4Address.of("10.0.0.1")));
  }

  @Test
  void nothingIsExportedWithoutAPolicy() {
    a.apply(blackhole("10.1.0.0/16"));
    a.commit(RipConfig.of(RipGroupConfig.of("g", PolicyChain.EMPTY, neighbor("eth0"))));
    b.commit(config("eth0"));
    network.run(Duration.ofMinutes(2));

    assertThat(b.route("10.1.0.0/16")).isNull();
  }

  @Test
  void aRouteThatGoesIsTakenBackAtOnceAndToldAsUnreachableForTheHolddown() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    network.run(Duration.ofMinutes(1));
    a.takeSent();

    a.apply(withdraw("10.1.0.0/16"));
    network.run(Duration.ofSeconds(6));
    assertThat(b.route("10.1.0.0/16")).isNull();
    assertThat(b.engine.statistics(network.now).heldDown()).isEqualTo(1);

    network.run(Duration.ofSeconds(110));
    assertThat(metrics(a.takeSent(), "10.1.0.0")).hasSizeGreaterThan(3).containsOnly(16L);
    network.run(Duration.ofSeconds(40));
    a.takeSent();
    network.run(Duration.ofMinutes(2));
    assertThat(metrics(a.takeSent(), "10.1.0.0")).isEmpty();
    assertThat(b.engine.statistics(network.now).heldDown()).isZero();
  }

  @Test
  void aRouteNobodySpeaksOfTimesOutAfterTheRouteTimeout() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    wire.cut = true;
    network.run(Duration.ofSeconds(140));
    assertThat(b.route("10.1.0.0/16")).isNotNull();
    network.run(Duration.ofSeconds(60));

    assertThat(b.route("10.1.0.0/16")).isNull();
    assertThat(b.engine.neighbors().getFirst().peers()).isZero();
  }

  /** RFC 2453 §3.4.3. */
  @Test
  void whatWasLearnedFromALinkIsToldThereAsUnreachable() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    b.takeSent();
    network.run(Duration.ofMinutes(2));

    assertThat(metrics(b.takeSent(), "10.1.0.0")).hasSizeGreaterThan(2).containsOnly(16L);
  }

  @Test
  void updatesAreSentEveryThirtySecondsGiveOrTakeFive() {
    start();
    a.takeSent();
    network.run(Duration.ofMinutes(20));
    List<Sent> updates = a.takeSent();

    assertThat(updates).hasSizeBetween(35, 46);
    for (int i = 1; i < updates.size(); i++) {
      assertThat(Duration.between(updates.get(i - 1).at(), updates.get(i).at()))
          .isBetween(Duration.ofSeconds(25), Duration.ofSeconds(35));
    }
    assertThat(updates.stream().map(Sent::at).distinct()).hasSizeGreaterThan(30);
  }

  /** RFC 2453 §3.10.1: the first at once, the next after 1 to 5 seconds, and then all at once. */
  @Test
  void triggeredUpdatesHoldWhatHasChangedAndKeepADistance() {
    start();
    a.takeSent();
    a.apply(blackhole("10.1.0.0/16"));
    List<Sent> first = a.takeSent();
    assertThat(first).hasSize(1);
    assertThat(first.getFirst().message(RipFlavor.RIP).entries()).hasSize(1);

    a.apply(blackhole("10.2.0.0/16"));
    a.apply(blackhole("10.3.0.0/16"));
    assertThat(a.takeSent()).isEmpty();
    network.run(Duration.ofMillis(5100));

    Sent second = a.takeSent().getFirst();
    assertThat(second.message(RipFlavor.RIP).entries()).hasSize(2);
    assertThat(Duration.between(first.getFirst().at(), second.at()))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(5));
  }

  @Test
  void aRouterThatStartsAsksAndIsAnswered() {
    a.apply(blackhole("10.1.0.0/16"));
    a.commit(config("eth0"));
    network.run(Duration.ofSeconds(10));
    b.commit(config("eth0"));
    network.run(Duration.ofMillis(10));

    assertThat(b.takeSent().getFirst().message(RipFlavor.RIP).asksForWholeTable(RipFlavor.RIP))
        .isTrue();
    assertThat(b.route("10.1.0.0/16")).isNotNull();
  }

  /** RFC 2453 §3.9.1: whoever asks for a route hears of it, split horizon or not. */
  @Test
  void singleRoutesThatAreAskedForAreAnsweredToThePortThatAsks() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    a.takeSent();
    RipMessage request =
        new RipMessage(
            RipCommand.REQUEST,
            2,
            List.of(
                RouteEntry.of(IpPrefix.parse("10.1.0.0/16").orElseThrow(), 0, 0),
                RouteEntry.of(IpPrefix.parse("10.9.0.0/16").orElseThrow(), 0, 0)));
    a.receives("eth0", "10.0.0.9", 40_000, 64, request.encode(RipFlavor.RIP));

    Sent answer = a.takeSent().getFirst();
    assertThat(answer.datagram().destination()).isEqualTo(Ipv4Address.of("10.0.0.9"));
    assertThat(answer.datagram().destinationPort()).isEqualTo(40_000);
    assertThat(answer.message(RipFlavor.RIP).entries())
        .extracting(RouteEntry::metric)
        .containsExactly(1L, 16L);
  }

  @Test
  void manyRoutesGoInMessagesOfTwentyFive() {
    a.apply(
        Stream.iterate(0, i -> i + 1)
            .limit(60)
            .map(i -> blackhole("10.1." + i + ".0/24"))
            .toArray(RouteUpdate[]::new));
    a.commit(config("eth0"));

    List<Integer> sizes =
        a.takeSent().stream()
            .map(s -> s.message(RipFlavor.RIP))
            .filter(m -> m.command() == RipCommand.RESPONSE)
            .map(m -> m.entries().size())
            .toList();
    // The direct subnet is the 61st.
    assertThat(sizes).containsExactly(25, 25, 11);
    a.commit(config(neighbor("eth0").withMessageSize(50)));
    a.takeSent();
    network.run(Duration.ofSeconds(40));
    assertThat(a.takeSent().getFirst().message(RipFlavor.RIP).entries()).hasSize(50);
  }

  @Test
  void theMetricOfTheLinkIsAddedAndFifteenIsTheLongestWay() {
    a.apply(blackhole("10.1.0.0/16"));
    a.commit(config("eth0"));
    b.commit(config(neighbor("eth0").withMetricIn(14)));
    network.run(Duration.ofSeconds(1));
    assertThat(b.route("10.1.0.0/16").metric()).isEqualTo(15);

    b.commit(config(neighbor("eth0").withMetricIn(15)));
    assertThat(b.route("10.1.0.0/16")).isNull();
    b.commit(config(neighbor("eth0").withMetricIn(3)));
    network.run(Duration.ofMinutes(1));
    assertThat(b.route("10.1.0.0/16").metric()).isEqualTo(4);
  }

  @Test
  void metricOutCountsForWhatTheGroupHasNotLearned() {
    a.apply(blackhole("10.1.0.0/16"));
    a.commit(RipConfig.of(RipGroupConfig.of("g", Played.ALL, neighbor("eth0")).withMetricOut(5)));
    b.commit(config("eth0"));
    network.run(Duration.ofSeconds(1));

    assertThat(b.route("10.1.0.0/16").metric()).isEqualTo(6);
  }

  @Test
  void policiesSetMetricTagAndPreference() {
    a.apply(blackhole("10.1.0.0/16"), blackhole("10.2.0.0/16"));
    PolicyChain out =
        PolicyChain.of(
            "",
            "term t { from { route-filter 10.1.0.0/16 exact; }"
                + " then { metric 7; tag 9; accept; } }"
                + " from protocol static; then accept;");
    PolicyChain in =
        PolicyChain.of(
            "",
            "term t { from tag 9; then { preference 80; accept; } } "
                + "term u { from { neighbor 10.0.0.1; route-filter 10.2.0.0/16 exact; }"
                + " then reject; }");
    a.commit(RipConfig.of(RipGroupConfig.of("g", out, neighbor("eth0"))));
    b.commit(config(neighbor("eth0").withImport(in)));
    network.run(Duration.ofSeconds(1));

    Route first = b.route("10.1.0.0/16");
    assertThat(first.metric()).isEqualTo(8);
    assertThat(first.preference()).isEqualTo(80);
    assertThat(first.detail()).isEqualTo(new RouteDetail.Rip(9));
    assertThat(b.route("10.2.0.0/16")).isNull();

    // Another policy is asked about what neighbors have told already.
    b.commit(config("eth0"));
    assertThat(b.route("10.2.0.0/16")).isNotNull();
    assertThat(b.route("10.1.0.0/16").preference()).isEqualTo(100);
  }

  @Test
  void theBetterOfTwoWaysIsTakenEqualOnesTogetherAndTheNextIsThereWhenItGoes() {
    VirtualRouter c = network.router("c");
    network.attach(c, wire, "eth0", false, "10.0.0.3/24");
    a.apply(blackhole("10.1.0.0/16"));
    c.apply(blackhole("10.1.0.0/16"));
    c.commit(config("eth0"));
    start();
    assertThat(b.route("10.1.0.0/16").nextHops()).hasSize(2);

    c.commit(RipConfig.of(RipGroupConfig.of("g", Played.ALL, neighbor("eth0")).withMetricOut(3)));
    network.run(Duration.ofSeconds(6));
    assertThat(b.route("10.1.0.0/16").nextHops())
        .containsExactly(new NextHop.Via(InterfaceName.of("eth0"), Ipv4Address.of("10.0.0.1")));

    a.apply(withdraw("10.1.0.0/16"));
    network.run(Duration.ofSeconds(6));
    assertThat(b.route("10.1.0.0/16").metric()).isEqualTo(4);
  }

  @Test
  void aNextHopOnTheLinkIsUsedAndOneElsewhereIsNot() {
    start();
    RouteEntry onLink =
        new RouteEntry(2, 0, Ipv4Address.of("10.5.0.0"), 16, Ipv4Address.of("10.0.0.77"), 2);
    RouteEntry offLink =
        new RouteEntry(2, 0, Ipv4Address.of("10.6.0.0"), 16, Ipv4Address.of("10.9.0.77"), 2);
    b.receives("eth0", "10.0.0.9", 520, 1, response(onLink, offLink));

    assertThat(b.route("10.5.0.0/16").nextHops())
        .containsExactly(new NextHop.Via(InterfaceName.of("eth0"), Ipv4Address.of("10.0.0.77")));
    assertThat(b.route("10.6.0.0/16").nextHops())
        .containsExactly(new NextHop.Via(InterfaceName.of("eth0"), Ipv4Address.of("10.0.0.9")));
  }

  @Test
  void anOrderlyStopTellsNeighborsThatNothingIsReachable() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    a.commit(RipConfig.NONE);
    network.run(Duration.ofMillis(10));

    assertThat(b.route("10.1.0.0/16")).isNull();
    assertThat(a.open).isEmpty();
    assertThat(a.engine.nextDeadline()).isNull();
  }

  @Test
  void anInterfaceThatGoesDownTakesItsRoutesAlongAndBringsThemBack() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    b.setUp("eth0", false);
    assertThat(b.route("10.1.0.0/16")).isNull();
    b.setUp("eth0", true);
    network.run(Duration.ofSeconds(1));

    assertThat(b.route("10.1.0.0/16")).isNotNull();
  }

  @Test
  void versionOneIsSentAsBroadcastWithoutWhatItCannotSay() {
    a.apply(
        blackhole("10.1.0.0/16"),
        blackhole("10.0.5.0/24"),
        blackhole("10.7.7.7/32"),
        blackhole("172.16.0.0/16"),
        blackhole("192.168.0.0/16"),
        blackhole("0.0.0.0/0"));
    a.commit(config(neighbor("eth0").withModes(SendMode.VERSION_1, ReceiveMode.VERSION_1)));
    b.commit(config("eth0"));
    network.run(Duration.ofSeconds(1));

    assertThat(a.takeSent().getLast().datagram().destination())
        .isEqualTo(Ipv4Address.of("10.0.0.255"));
    assertThat(b.learned().keySet())
        .extracting(IpPrefix::toString)
        .containsExactly("0.0.0.0/0", "10.0.5.0/24", "10.7.7.7/32", "172.16.0.0/16");
  }

  @Test
  void sendNoneListensAndReceiveNoneOnlySpeaks() {
    a.apply(blackhole("10.1.0.0/16"));
    b.apply(blackhole("10.2.0.0/16"));
    a.commit(config(neighbor("eth0").withModes(SendMode.NONE, ReceiveMode.BOTH)));
    b.commit(config("eth0"));
    network.run(Duration.ofMinutes(1));
    assertThat(a.takeSent()).isEmpty();
    assertThat(a.route("10.2.0.0/16")).isNotNull();

    a.commit(config(neighbor("eth0").withModes(SendMode.MULTICAST, ReceiveMode.NONE)));
    assertThat(a.route("10.2.0.0/16")).isNull();
    network.run(Duration.ofMinutes(1));
    assertThat(a.route("10.2.0.0/16")).isNull();
    assertThat(b.route("10.1.0.0/16")).isNotNull();
  }

  @Test
  void peersThatAreToldOneByOneHearOfEachOther() {
    VirtualRouter c = network.router("c");
    network.attach(c, wire, "eth0", false, "10.0.0.3/24");
    b.apply(blackhole("10.2.0.0/16"));
    c.apply(blackhole("10.3.0.0/16"));
    wire.hub = a;
    b.commit(config(neighbor("eth0").withPeers(false, Ipv4Address.of("10.0.0.1"))));
    c.commit(config(neighbor("eth0").withPeers(false, Ipv4Address.of("10.0.0.1"))));
    network.run(Duration.ofSeconds(1));
    a.commit(config(neighbor("eth0").withPeers(true)));
    network.run(Duration.ofSeconds(40));

    assertThat(a.learned()).hasSize(2);
    assertThat(b.route("10.3.0.0/16").metric()).isEqualTo(3);
    assertThat(c.route("10.2.0.0/16").metric()).isEqualTo(3);
  }

  @Test
  void statisticsCountAndAreCleared() {
    a.apply(blackhole("10.1.0.0/16"));
    start();
    network.run(Duration.ofMinutes(10));
    var counters = b.engine.statistics(network.now).neighbors().getFirst().counters();

    assertThat(counters)
        .filteredOn(c -> c.name().equals("RIPv2 Updates Received"))
        .first()
        .satisfies(c -> {
          assertThat(c.total()).isBetween(18L, 26L);
          assertThat(c.lastFiveMinutes()).isBetween(8L, 12L);
          assertThat(c.lastMinute()).isBetween(1L, 3L);
        });
    b.handle(new RipEvent.ClearStatistics(InterfaceName.of("eth0")));
    assertThat(b.engine.statistics(network.now).neighbors().getFirst().counters())
        .allMatch(c -> c.total() == 0);
  }

  private static List<Long> metrics(List<Sent> sent, String network) {
    return sent.stream()
        .flatMap(s -> s.message(RipFlavor.RIP).entries().stream())
        .filter(e -> e.address().toString().equals(network))
        .map(RouteEntry::metric)
        .toList();
  }

  @Test
  void twoRoutersNeedTheSameKey() {
    a.apply(blackhole("10.1.0.0/16"));
    a.commit(config(neighbor("eth0").withAuthentication(Keys.md5("geheim"))));
    b.commit(config(neighbor("eth0").withAuthentication(Keys.md5("anders"))));
    network.run(Duration.ofMinutes(1));
    assertThat(b.route("10.1.0.0/16")).isNull();

    b.commit(config(neighbor("eth0").withAuthentication(Keys.md5("geheim"))));
    network.run(Duration.ofMinutes(1));
    assertThat(b.route("10.1.0.0/16")).isNotNull();
    // RFC 4822: the entry and the trailer take the room of two routes and more.
    assertThat(a.takeSent()).allMatch(s -> s.datagram().payload().length() <= 512);
    Octets unsigned = response("10.2.0.0/16", 1);
    b.receives("eth0", "10.0.0.1", 520, 1, unsigned);
    assertThat(b.route("10.2.0.0/16")).isNull();
  }
}
