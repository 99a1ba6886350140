package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.ospf.VirtualNetwork.VirtualRouter;
import dev.culvert.ospf.VirtualNetwork.Wire;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.OspfAuthentication.Md5Key;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What two neighbors must agree on, how they lose each other, and what they say about it. */
class NeighborStoryTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final OspfInterfaceConfig PLAIN = OspfInterfaceConfig.of(ST0);
  private static final LivenessConfig BFD =
      new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3);

  private final VirtualNetwork network = new VirtualNetwork(1);
  private final VirtualRouter branch = network.router("10.255.0.1");
  private final VirtualRouter hub = network.router("10.255.0.2");

  @Test
  void differentHelloIntervalsAreNamedAndNoAdjacencyForms() {
    join(PLAIN, PLAIN.withHello(Duration.ofSeconds(5), Duration.ofSeconds(40)));
    network.runSeconds(60);
    assertThat(branch.neighbors()).isEmpty();
    assertMismatch("hello interval", "10", "5");
  }

  @Test
  void differentDeadIntervalsAreNamedAndNoAdjacencyForms() {
    join(PLAIN, PLAIN.withHello(Duration.ofSeconds(10), Duration.ofSeconds(30)));
    network.runSeconds(60);
    assertMismatch("dead interval", "40", "30");
  }

  @Test
  void differentMasksOnALanAreNamedAndNoAdjacencyForms() {
    Wire lan = new Wire();
    OspfInterfaceConfig eth = OspfInterfaceConfig.of(InterfaceName.of("eth0.0"));
    network.attach(branch, lan, eth, false, "192.0.2.1/24");
    network.attach(hub, lan, eth, false, "192.0.2.2/25");
    network.start();
    network.runSeconds(60);
    assertMismatch("mask", "255.255.255.0", "255.255.255.128");
  }

  @Test
  void twoRoutersOfOneIdAreNamed() {
    VirtualRouter twin = network.router("10.255.0.3");
    network.pointToPoint(PLAIN, branch, "172.20.0.1/30", PLAIN, twin, "172.20.0.2/30");
    twin.config = twin.config.withRouterId(RouterId.of("10.255.0.1"));
    network.start();
    network.runSeconds(60);
    assertMismatch("duplicate router id", "ours", "172.20.0.2");
  }

  @Test
  void aSmallerMtuKeepsTheNeighborInExStartAndTheNoticeNamesBothNumbers() {
    join(PLAIN.withMtu(1400, false), PLAIN);
    network.runSeconds(60);
    assertThat(branch.full()).isZero();
    assertThat(branch.neighbors().getFirst().state()).isEqualTo(NeighborState.EX_START);
    assertThat(branch.notices)
        .anySatisfy(n ->
            assertThat(n.toString())
                .contains("OSPF_MTU_MISMATCH")
                .contains("neighbor-mtu=1500")
                .contains("our-mtu=1400"));
  }

  @Test
  void theEndsOfATunnelNeedNotHaveOneMtu() {
    join(PLAIN, PLAIN.withMtu(1600, false));
    network.runSeconds(30);
    assertThat(branch.full()).isEqualTo(1);
  }

  @Test
  void anMtuThatIsIgnoredDoesNotHinderTheAdjacency() {
    join(PLAIN.withMtu(1400, true), PLAIN);
    network.runSeconds(60);
    assertThat(branch.full()).isEqualTo(1);
  }

  @Test
  void anMtuChangeOfTheDeviceLeavesTheAdjacencyAlone() {
    join(PLAIN, PLAIN);
    network.runSeconds(60);
    InterfaceState link = branch.links.get(ST0);
    branch.handle(
        new OspfEvent.InterfaceChanged(
            new InterfaceState(
                link.name(), link.index(), true, true, false, 1300, link.addresses())));
    network.runSeconds(60);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(branch.neighbors().getFirst().adjacent()).isGreaterThan(Duration.ofSeconds(100));
  }

  @Test
  void md5WithTheSameKeyFormsAnAdjacencyAndNoNoticeShowsTheKey() {
    join(PLAIN.withAuthentication(md5("hush")), PLAIN.withAuthentication(md5("hush")));
    network.runSeconds(30);
    assertThat(branch.full()).isEqualTo(1);
    OspfInterfaceStatus status = branch.engine.interfaces(network.now).getLast();
    assertThat(status.authentication()).isEqualTo("MD5");
    assertThat(status.activeKeyId()).isEqualTo(7);
    assertThat(network.trace).noneMatch(line -> line.contains("hush"));
  }

  @Test
  void md5WithAnotherKeyIsRefusedAndCountedByCause() {
    join(PLAIN.withAuthentication(md5("hush")), PLAIN.withAuthentication(md5("hash")));
    network.runSeconds(30);
    assertThat(branch.neighbors()).isEmpty();
    assertThat(branch.engine.statistics().receiveErrors().get("authentication failures"))
        .isGreaterThanOrEqualTo(3);
    assertThat(branch.notices)
        .anySatisfy(n -> assertThat(n.toString()).contains("OSPF_AUTH_FAILED"));
  }

  @Test
  void aSimplePasswordFormsAnAdjacency() {
    OspfAuthentication password = new OspfAuthentication.SimplePassword(secret("sesame"));
    join(PLAIN.withAuthentication(password), PLAIN.withAuthentication(password));
    network.runSeconds(30);
    assertThat(branch.full()).isEqualTo(1);
  }

  @Test
  void aRecordedPacketPlayedAgainLaterIsRefused() {
    join(PLAIN.withAuthentication(md5("hush")), PLAIN.withAuthentication(md5("hush")));
    Octets[] recorded = new Octets[1];
    hub.engine.advance(
        network.now.plusSeconds(10),
        action -> {
          if (action instanceof OspfAction.SendPacket packet) {
            recorded[0] = packet.payload();
          }
        });
    network.runSeconds(60);
    branch.handle(
        new OspfEvent.PacketReceived(
            ST0, Ipv4Address.of("172.20.0.2"), Ipv4Address.of("224.0.0.5"), recorded[0]));
    assertThat(branch.engine.statistics().receiveErrors()).containsKey("authentication replays");
  }

  @Test
  void aNeighborSilentForTheDeadIntervalIsRemovedAndItsRoutesWithdrawn() {
    Wire wire = join(PLAIN, PLAIN);
    network.runSeconds(60);
    wire.cut = true;
    network.runSeconds(29);
    assertThat(branch.full()).isEqualTo(1);
    network.runSeconds(12);
    assertThat(branch.neighbors()).isEmpty();
    assertThat(branch.routes()).isEmpty();
  }

  @Test
  void lostLivenessEndsTheNeighborInTheSameInstant() {
    Wire wire = join(PLAIN.withLiveness(BFD), PLAIN.withLiveness(BFD));
    network.runSeconds(60);
    assertThat(branch.targets).hasSize(1);
    assertThat(branch.neighbors().getFirst().liveness()).isTrue();
    wire.cut = true;
    branch.handle(new OspfEvent.LivenessLost(branch.targets.getFirst()));
    assertThat(branch.neighbors()).isEmpty();
    assertThat(branch.routes()).isEmpty();
  }

  /** A stall of a moment would otherwise cost up to a HelloInterval. */
  @Test
  void aNeighborThatAnswersBfdAgainIsGreetedAtOnce() {
    join(PLAIN.withLiveness(BFD), PLAIN.withLiveness(BFD));
    network.runSeconds(60);
    LivenessTarget ofBranch = branch.targets.getFirst();
    LivenessTarget ofHub = hub.targets.getFirst();
    branch.handle(new OspfEvent.LivenessLost(ofBranch));
    hub.handle(new OspfEvent.LivenessLost(ofHub));
    assertThat(branch.neighbors()).isEmpty();
    assertThat(hub.neighbors()).isEmpty();

    branch.handle(new OspfEvent.LivenessUp(ofBranch));
    hub.handle(new OspfEvent.LivenessUp(ofHub));
    network.runSeconds(1);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(hub.full()).isEqualTo(1);
  }

  /** However often a session comes and goes. */
  @Test
  void greetingsOfAnUnsteadyNeighborAreBounded() {
    Wire wire = join(PLAIN.withLiveness(BFD), PLAIN.withLiveness(BFD));
    network.runSeconds(60);
    LivenessTarget target = branch.targets.getFirst();
    wire.cut = true;
    branch.handle(new OspfEvent.LivenessLost(target));
    int before =
        branch.engine.statistics().sent().values().stream().mapToInt(Number::intValue).sum();
    for (int i = 0; i < 100; i++) {
      branch.handle(new OspfEvent.LivenessUp(target));
    }
    int after =
        branch.engine.statistics().sent().values().stream().mapToInt(Number::intValue).sum();
    assertThat(after - before).isBetween(1, 10);
  }

  /** Or a path that is down would not be seen among the sessions, just because it is down. */
  @Test
  void bfdGoesOnWatchingANeighborThatWasLostUntilItReturns() {
    Wire wire = join(PLAIN.withLiveness(BFD), PLAIN.withLiveness(BFD));
    network.runSeconds(60);
    LivenessTarget target = branch.targets.getFirst();
    wire.cut = true;
    branch.handle(new OspfEvent.LivenessLost(target));
    network.runSeconds(300);
    assertThat(branch.watched).containsExactly(target.toString());
    branch.setUp("st0.0", false);
    network.runSeconds(10);
    assertThat(branch.watched).containsExactly(target.toString());
    branch.setUp("st0.0", true);

    wire.cut = false;
    network.runSeconds(60);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(branch.neighbors().getFirst().liveness()).isTrue();
    assertThat(branch.watched).containsExactly(target.toString());
  }

  @Test
  void aNeighborThatSaysItLeavesIsNotWatchedOn() {
    join(PLAIN.withLiveness(BFD), PLAIN.withLiveness(BFD));
    network.runSeconds(60);
    hub.commit(OspfConfig.NONE);
    network.runSeconds(1);
    assertThat(branch.watched).isEmpty();
  }

  @Test
  void aLostNeighborIsForgottenWithBfdAndWithTheInterface() {
    Wire wire = join(PLAIN.withLiveness(BFD), PLAIN.withLiveness(BFD));
    network.runSeconds(60);
    wire.cut = true;
    branch.handle(new OspfEvent.LivenessLost(branch.targets.getFirst()));
    hub.handle(new OspfEvent.LivenessLost(hub.targets.getFirst()));
    assertThat(branch.watched).hasSize(1);

    branch.commit(branch.config.withInterfaces(new TreeMap<>(Map.of(ST0, PLAIN))));
    assertThat(branch.watched).isEmpty();
    hub.commit(hub.config.withInterfaces(new TreeMap<>()));
    assertThat(hub.watched).isEmpty();
  }

  @Test
  void aNeighborThatHasLeftALanIsWatchedForAnHour() {
    Wire lan = new Wire();
    OspfInterfaceConfig eth = OspfInterfaceConfig.of(InterfaceName.of("eth0.0")).withLiveness(BFD);
    network.attach(branch, lan, eth, false, "192.0.2.1/24");
    network.attach(hub, lan, eth, false, "192.0.2.2/24");
    network.start();
    network.runSeconds(120);
    assertThat(branch.watched).hasSize(1);
    hub.crash();
    network.runSeconds(3_000);
    assertThat(branch.neighbors()).isEmpty();
    assertThat(branch.watched).hasSize(1);
    network.runSeconds(700);
    assertThat(branch.watched).isEmpty();
  }

  @Test
  void anUnnumberedTunnelBorrowsTheLoopbackAddressAndRoutesNeedNoGateway() {
    network.pointToPoint(PLAIN, branch, null, PLAIN, hub, null);
    network.loopback(branch, "10.255.0.1/32");
    network.loopback(hub, "10.255.0.2/32");
    network.start();
    network.runSeconds(30);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(branch.routes()).containsEntry("10.255.0.2/32", "1 via st0.0").hasSize(1);
  }

  @Test
  void theHostOnlyAddressOfTheLoopbackDeviceIsNotAdvertised() {
    join(PLAIN, PLAIN);
    InterfaceState lo = hub.links.get(InterfaceName.of("lo0.0"));
    InterfaceAddress host = InterfaceAddress.of("127.0.0.1/8");
    hub.handle(
        new OspfEvent.InterfaceChanged(
            new InterfaceState(
                lo.name(),
                lo.index(),
                true,
                false,
                true,
                65536,
                List.of(host, lo.addresses().getFirst()))));
    network.runSeconds(30);
    assertThat(branch.routes()).containsOnlyKeys("10.255.0.2/32");
    OspfInterfaceStatus status = hub.engine.interfaces(network.now).getFirst();
    assertThat(status.address()).isEqualTo(Ipv4Address.of("10.255.0.2"));
    assertThat(status.mask()).isEqualTo(Ipv4Address.BROADCAST);
  }

  @Test
  void aPassiveInterfaceAdvertisesItsSubnetAndSendsNothing() {
    join(PLAIN, PLAIN);
    OspfInterfaceConfig lan = OspfInterfaceConfig.of(InterfaceName.of("eth1.0"));
    network.device(hub, lan.withPassive(true).withMetric(5), false, false, "10.9.0.1/24");
    network.start();
    network.runSeconds(30);
    assertThat(branch.routes()).containsEntry("10.9.0.0/24", "6 via st0.0/172.20.0.2");
    assertThat(network.trace)
        .noneMatch(l -> l.contains("SendPacket") && l.contains("eth1"))
        .noneMatch(l -> l.contains("OpenInterface") && l.contains("eth1"));
  }

  @Test
  void anEthernetLinkConfiguredAsPointToPointKeepsTheGateway() {
    Wire wire = new Wire();
    OspfInterfaceConfig eth =
        OspfInterfaceConfig.of(InterfaceName.of("eth0.0"))
            .withNetworkType(NetworkType.POINT_TO_POINT);
    network.attach(branch, wire, eth, false, "192.0.2.0/31");
    network.attach(hub, wire, eth, false, "192.0.2.1/31");
    network.loopback(hub, "10.255.0.2/32");
    network.start();
    network.runSeconds(30);
    assertThat(branch.routes()).containsEntry("10.255.0.2/32", "1 via eth0.0/192.0.2.1");
  }

  @Test
  void aMetricEditedUnderALivingAdjacencyChangesTheRouteAndNothingElse() {
    join(PLAIN, PLAIN);
    network.runSeconds(60);
    branch.commit(
        branch.config.withInterfaces(
            new TreeMap<>(
                Map.of(
                    ST0,
                    PLAIN.withMetric(30),
                    InterfaceName.of("lo0.0"),
                    OspfInterfaceConfig.of(InterfaceName.of("lo0.0"))))));
    network.runSeconds(10);
    assertThat(branch.routes()).containsEntry("10.255.0.2/32", "30 via st0.0/172.20.0.2");
    assertThat(branch.neighbors().getFirst().adjacent()).isGreaterThan(Duration.ofSeconds(60));
  }

  @Test
  void anInterfaceThatGoesDownTakesItsNeighborAndComesBackWithIt() {
    join(PLAIN, PLAIN);
    network.runSeconds(60);
    branch.setUp("st0.0", false);
    assertThat(branch.neighbors()).isEmpty();
    assertThat(branch.routes()).isEmpty();
    network.runSeconds(5);
    assertThat(hub.full()).isZero();
    branch.setUp("st0.0", true);
    network.runSeconds(20);
    assertThat(branch.full()).isEqualTo(1);
    assertThat(branch.routes()).containsKey("10.255.0.2/32");
  }

  private Wire join(OspfInterfaceConfig atBranch, OspfInterfaceConfig atHub) {
    Wire wire =
        network.pointToPoint(atBranch, branch, "172.20.0.1/30", atHub, hub, "172.20.0.2/30");
    network.loopback(branch, "10.255.0.1/32");
    network.loopback(hub, "10.255.0.2/32");
    network.start();
    return wire;
  }

  private void assertMismatch(String parameter, String ours, String theirs) {
    assertThat(branch.engine.statistics().receiveErrors()).containsKey(parameter + " mismatches");
    assertThat(branch.notices)
        .anySatisfy(notice -> {
          assertThat(notice.tag()).isEqualTo("OSPF_MISMATCH");
          assertThat(notice.rate()).isEqualTo(Notice.Rate.PER_SUBJECT);
          assertThat(notice.fields().firstEntry().getKey()).isEqualTo("interface");
          assertThat(notice.fields())
              .containsEntry("parameter", parameter)
              .containsEntry("ours", ours)
              .containsEntry("theirs", theirs);
        });
  }

  private static OspfAuthentication md5(String key) {
    return new OspfAuthentication.Md5(List.of(new Md5Key(7, secret(key), Instant.EPOCH)));
  }

  private static Secret secret(String text) {
    return Secret.copyOf(text.getBytes(StandardCharsets.UTF_8));
  }
}
