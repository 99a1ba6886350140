package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.VirtualNetwork.VirtualRouter;
import dev.culvert.ospf.VirtualNetwork.Wire;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.OspfAuthentication;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.PacketType;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A hub, 10.255.0.1, and its spokes on one point-to-multipoint network, 10.200.0.0/24: the spokes
 * hear the hub alone. The first is of the point-to-point kind, as most spokes are.
 */
class PointToMultipointStoryTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final OspfInterfaceConfig MULTIPOINT =
      OspfInterfaceConfig.of(ST0).withNetworkType(NetworkType.POINT_TO_MULTIPOINT);

  private final VirtualNetwork network = new VirtualNetwork(12);
  private final Wire star = new Wire();
  private final List<VirtualRouter> spokes = new ArrayList<>();
  private VirtualRouter hub;

  @BeforeEach
  void buildTheStar() {
    hub = router(1, MULTIPOINT, false);
    star.center = hub;
    spokes.add(router(2, OspfInterfaceConfig.of(ST0), true));
    spokes.add(router(3, MULTIPOINT, true));
    spokes.add(router(4, MULTIPOINT, true));
    network.start();
  }

  @Test
  void theHubIsAdjacentToEachSpokeAndTheSpokesReachEachOtherThroughIt() {
    network.runSeconds(15);
    assertThat(hub.full()).isEqualTo(3);
    assertThat(hub.engine.interfaces(network.now))
        .filteredOn(i -> i.name().equals(ST0))
        .extracting(OspfInterfaceStatus::state)
        .containsExactly(OspfInterfaceState.POINT_TO_POINT);
    assertThat(spokes).allSatisfy(spoke -> assertThat(spoke.full()).isEqualTo(1));
    assertThat(hub.routes())
        .containsEntry("10.255.0.2/32", "1 via st0.0/10.200.0.2")
        .containsEntry("10.255.0.3/32", "1 via st0.0/10.200.0.3")
        .containsEntry("10.255.0.4/32", "1 via st0.0/10.200.0.4");
    assertThat(spokes.get(1).routes())
        .containsEntry("10.255.0.1/32", "1 via st0.0/10.200.0.1")
        .containsEntry("10.255.0.2/32", "2 via st0.0/10.200.0.1")
        .containsEntry("10.255.0.4/32", "2 via st0.0/10.200.0.1")
        // RFC 2328 §12.4.1.4: what others advertise of the network are their own addresses.
        .containsEntry("10.200.0.4/32", "2 via st0.0/10.200.0.1");
    assertOneDatabase();
  }

  /** RFC 2328 §12.4.1.4. */
  @Test
  void theHubAdvertisesALinkToEachSpokeAndItsOwnAddressAsAHost() {
    network.runSeconds(15);
    RouterLsa lsa =
        (RouterLsa)
            hub.engine.database(network.now).stream()
                .filter(e -> e.header().key().equals(LsaKey.router(hub.id)))
                .findFirst()
                .orElseThrow()
                .body();
    Ipv4Address own = Ipv4Address.of("10.200.0.1");
    assertThat(lsa.links())
        .contains(
            new Link(LinkType.POINT_TO_POINT, Ipv4Address.of("10.255.0.2"), own, 1),
            new Link(LinkType.POINT_TO_POINT, Ipv4Address.of("10.255.0.3"), own, 1),
            new Link(LinkType.POINT_TO_POINT, Ipv4Address.of("10.255.0.4"), own, 1),
            new Link(LinkType.STUB, own, Ipv4Address.of("255.255.255.255"), 0))
        .noneMatch(link -> link.id().equals(Ipv4Address.of("10.200.0.0")));
  }

  @Test
  void whatIsForOneSpokeGoesToItAloneAndWhatIsForAllIsSentOnce() {
    network.runSeconds(15);
    assertThat(sentByHub(PacketType.DATABASE_DESCRIPTION))
        .isNotEmpty()
        .allMatch(line -> line.matches(".*destination=10\\.200\\.0\\.[234],.*"));
    network.trace.clear();
    // An address of the third spoke is another.
    network.loopback(spokes.get(2), "10.4.0.1/32");
    spokes
        .get(2)
        .handle(new OspfEvent.InterfaceChanged(spokes.get(2).links.get(InterfaceName.of("lo0.0"))));
    network.runSeconds(7);
    assertThat(spokes.get(0).routes()).containsEntry("10.4.0.1/32", "2 via st0.0/10.200.0.1");
    assertThat(sentByHub(PacketType.LINK_STATE_UPDATE))
        .hasSize(1)
        .allMatch(line -> line.contains("224.0.0.5"));
    // The sender takes what comes back as the acknowledgment; nothing is sent again.
    assertThat(hub.engine.statistics().lsasRetransmitted()).isZero();
    assertThat(spokes.get(2).engine.statistics().lsasRetransmitted()).isZero();
  }

  @Test
  void aSpokeThatDiesIsForgottenAfterTheDeadIntervalAndComesBackWhileTheOthersDoNotNotice() {
    network.runSeconds(15);
    network.trace.clear();
    spokes.get(1).crash();
    network.runSeconds(45);
    assertThat(hub.full()).isEqualTo(2);
    assertThat(hub.routes()).doesNotContainKey("10.255.0.3/32");
    assertThat(spokes.get(0).routes()).doesNotContainKey("10.255.0.3/32");

    spokes.get(1).restart();
    network.runSeconds(15);
    assertThat(hub.full()).isEqualTo(3);
    assertThat(spokes.get(0).routes()).containsEntry("10.255.0.3/32", "2 via st0.0/10.200.0.1");
    assertThat(network.trace)
        .filteredOn(line -> line.contains("OSPF_NBR_STATE"))
        .noneMatch(line -> line.contains("10.255.0.2") && line.contains("Down"))
        .noneMatch(line -> line.contains("10.255.0.4") && line.contains("Down"));
    assertOneDatabase();
  }

  @Test
  void anotherSpokeJoinsWithoutAChangeAtTheHub() {
    network.runSeconds(15);
    VirtualRouter fourth = router(5, MULTIPOINT, true);
    fourth.commit(fourth.config);
    fourth.links.values().forEach(l -> fourth.handle(new OspfEvent.InterfaceChanged(l)));
    network.runSeconds(15);
    assertThat(hub.full()).isEqualTo(4);
    assertThat(spokes.get(0).routes()).containsEntry("10.255.0.5/32", "2 via st0.0/10.200.0.1");
  }

  @Test
  void aCommitThatTouchesAnotherInterfaceKeepsTheAdjacencies() {
    network.runSeconds(15);
    network.trace.clear();
    SortedMap<InterfaceName, OspfInterfaceConfig> more = new TreeMap<>(hub.config.interfaces());
    InterfaceName lan = InterfaceName.of("eth1.0");
    more.put(lan, OspfInterfaceConfig.of(lan).withPassive(true));
    hub.commit(hub.config.withInterfaces(more));
    network.runSeconds(15);
    assertThat(hub.full()).isEqualTo(3);
    assertThat(network.trace).noneMatch(line -> line.contains("OSPF_NBR_STATE"));
  }

  @Test
  void whoSpeaksFromOutsideTheSubnetOrWithAnotherMaskIsNoNeighbor() {
    network.runSeconds(15);
    hello("10.201.0.9", "255.255.255.0");
    hello("10.200.0.9", "255.255.255.252");
    assertThat(hub.neighbors()).hasSize(3);
    assertThat(hub.engine.statistics().receiveErrors())
        .containsEntry("subnet mismatches", 1L)
        .containsEntry("mask mismatches", 1L);
    hello("10.200.0.9", "255.255.255.0");
    assertThat(hub.neighbors()).hasSize(4);
  }

  /** The router id is taken: packets under it from elsewhere change nothing. */
  @Test
  void aSpokeThatSpeaksUnderTheIdOfAnotherDoesNotMoveIt() {
    network.runSeconds(15);
    hello(hub, "10.200.0.9", "255.255.255.0", spokes.get(0).id);
    assertThat(hub.neighbors())
        .filteredOn(n -> n.routerId().equals(spokes.get(0).id))
        .singleElement()
        .satisfies(n -> {
          assertThat(n.address()).isEqualTo(Ipv4Address.of("10.200.0.2"));
          assertThat(n.state()).isEqualTo(NeighborState.FULL);
        });
    assertThat(hub.engine.statistics().receiveErrors())
        .containsEntry("duplicate router id mismatches", 1L);
  }

  @Test
  void whoeverInventsRouterIdsAndAddressesFindsABound() {
    VirtualRouter other = network.router("10.255.1.1");
    network.attach(other, new Wire(), MULTIPOINT, false, "10.200.0.1/16");
    other.commit(other.config);
    other.handle(new OspfEvent.InterfaceChanged(other.links.get(ST0)));
    for (int i = 0; i < 5000; i++) {
      Ipv4Address source = new Ipv4Address(Ipv4Address.of("10.200.1.0").bits() + i);
      RouterId id = new RouterId(Ipv4Address.of("11.0.0.0").bits() + i);
      hello(other, source.toString(), "255.255.0.0", id);
    }
    assertThat(other.neighbors()).hasSize(4096);
    assertThat(other.engine.statistics().receiveErrors())
        .containsEntry("neighbors beyond the limit", 904L);
  }

  /** To the hub. */
  private void hello(String source, String mask) {
    hello(hub, source, mask, RouterId.of("10.255.0.9"));
  }

  private void hello(VirtualRouter to, String source, String mask, RouterId id) {
    Octets packet =
        PacketAuthentication.sign(
            new Hello(
                    Ipv4Address.of(mask),
                    10,
                    Hello.OPTION_EXTERNAL,
                    1,
                    40,
                    Ipv4Address.ANY,
                    Ipv4Address.ANY,
                    List.of())
                .encode(id, AreaId.BACKBONE),
            OspfAuthentication.NONE,
            network.now);
    to.handle(
        new OspfEvent.PacketReceived(
            ST0, Ipv4Address.of(source), Ipv4Address.of("224.0.0.5"), packet));
  }

  private VirtualRouter router(int number, OspfInterfaceConfig config, boolean pointToPoint) {
    VirtualRouter router = network.router("10.255.0." + number);
    network.attach(router, star, config, pointToPoint, "10.200.0." + number + "/24");
    network.loopback(router, "10.255.0." + number + "/32");
    return router;
  }

  /** Packets of the hub as the trace has them: version 2, and that type. */
  private List<String> sentByHub(PacketType type) {
    return network.trace.stream()
        .filter(line -> line.contains(" " + hub.id + " SendPacket"))
        .filter(line -> line.contains("payload=020" + type.wireValue()))
        .toList();
  }

  private void assertOneDatabase() {
    assertThat(spokes).allSatisfy(s -> assertThat(s.database()).isEqualTo(hub.database()));
  }
}
