package dev.culvert.ipsec.ike;

import static dev.culvert.ipsec.ike.Configs.selector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.config.DeadPeerDetection;
import dev.culvert.ipsec.config.DynamicPeers;
import dev.culvert.ipsec.config.DynamicPeers.Who;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.config.IkeIdentity;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.ChildSa;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One configured VPN of a dynamic gateway, and a tunnel to each peer that comes. */
class ManyPeersTest {
  private final Configs one = spoke("one.example.net");
  private final Configs two = spoke("two.example.net").second().onFirst();
  private final Configs hub = hub(Who.GROUP, 0, false);

  @Test
  void eachMemberOfTheGroupHasATunnelOfItsOwn() {
    Wire wire = bothUp(1);

    assertThat(wire.right.engine.vpns())
        .allSatisfy(view -> assertThat(view.vpn()).isEqualTo("vpn"))
        .extracting(VpnStateView::remoteIdentity)
        .containsExactlyInAnyOrder("one.example.net", "two.example.net");
    assertThat(wire.right.installed.values().stream().map(ChildSa::peer).distinct()).hasSize(2);
    assertThat(wire.right.up).isTrue();
    wire.left
        .installed
        .values()
        .forEach(sa -> assertThat(wire.right.installed).containsKey(sa.outboundSpi()));
  }

  @Test
  void theyStayThroughRekeysAndFaults() {
    Wire wire = bothUp(2);
    wire.beFaulty();
    wire.run(Duration.ofHours(9));
    wire.beFaultless();
    wire.run(Wire.SETTLING);

    assertThat(wire.right.engine.vpns()).hasSize(2).allMatch(VpnStateView::up);
    assertThat(wire.right.engine.ikeSas(wire.now)).hasSize(2);
    assertThat(wire.right.installed).hasSize(2);
  }

  @Test
  void somebodyOfAnotherDomainIsTurnedAway() {
    for (String stranger : List.of("one.example.org", "oneexample.net", "net")) {
      Wire wire = new Wire(3);
      wire.right.configure(hub.build());
      wire.left.configure(spoke(stranger).build());
      wire.run(Duration.ofSeconds(20));
      assertThat(wire.right.up).as(stranger).isFalse();
      assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED);
    }
  }

  @Test
  void aMemberWithAnotherKeyHasNoTunnel() {
    Wire wire = new Wire(4);
    one.secret = "feijoa";
    wire.right.configure(hub.build());
    wire.left.configure(one.build());
    wire.run(Duration.ofSeconds(20));
    assertThat(wire.right.engine.vpns()).hasSize(1);
    assertThat(tunnels(wire.right)).isEqualTo(1);
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.AUTHENTICATION_FAILED);
  }

  @Test
  void oneThatHasGoneIsForgotten() {
    Wire wire = bothUp(5);
    wire.left.configure(one.build());
    wire.run(Duration.ofSeconds(30));

    assertThat(wire.right.engine.vpns())
        .extracting(VpnStateView::remoteIdentity)
        .containsExactly("one.example.net");
    assertThat(tunnels(wire.right)).isEqualTo(2);
    assertThat(wire.right.up).isTrue();

    wire.left.handle(new IkeEvent.ShutDown());
    wire.run(Duration.ofSeconds(30));
    assertThat(tunnels(wire.right)).isEqualTo(1);
    assertThat(wire.right.up).isFalse();
    assertThat(wire.right.installed).isEmpty();
    assertThat(wire.right.engine.vpns()).singleElement().matches(view -> !view.up());
  }

  @Test
  void aPeerThatFallsSilentIsForgottenWhenItIsFoundDead() {
    hub.detection =
        new DeadPeerDetection(DeadPeerDetection.Mode.ALWAYS_SEND, Duration.ofSeconds(5), 3);
    one.detection = hub.detection;
    two.detection = hub.detection;
    Wire wire = bothUp(6);
    wire.cut = true;
    wire.run(Duration.ofMinutes(5));
    assertThat(tunnels(wire.right)).isEqualTo(1);
    assertThat(wire.right.up).isFalse();

    wire.cut = false;
    wire.run(Duration.ofMinutes(3));
    assertThat(wire.right.engine.vpns()).hasSize(2).allMatch(VpnStateView::up);
  }

  @Test
  void oneMoreThanTheLimitIsTurnedAwayAndNamed() {
    Wire wire = new Wire(7);
    wire.right.configure(hub(Who.GROUP, 1, false).build());
    wire.left.configure(one.build());
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
    wire.left.configure(Configs.together(one, two));
    wire.run(Duration.ofSeconds(30));

    assertThat(wire.right.engine.vpns()).hasSize(1).allMatch(VpnStateView::up);
    Vpn group = IkeSa.present(wire.right.engine.parts.tables.vpns.get("vpn"));
    assertThat(group.lastFailure).startsWith("CONNECTIONS_LIMIT: 'two.example.net'");
    assertThat(group.remedies)
        .containsExactly("set security ike gateway gw dynamic connections-limit 2");
  }

  @Test
  void whoIsConnectedKeepsTheConnectionIfItIsToldTo() {
    Configs again = spoke("one.example.net").second().onFirst();
    Wire wire = new Wire(8);
    wire.right.configure(hub(Who.GROUP, 0, true).build());
    wire.left.configure(one.build());
    assertThat(wire.runUntil(wire::bothUp, Duration.ofSeconds(20))).isTrue();
    wire.left.configure(Configs.together(one, again));
    wire.run(Duration.ofSeconds(30));

    assertThat(wire.left.engine.vpns())
        .extracting(view -> view.vpn() + " " + view.up())
        .containsExactly("vpn true", "vpn2 false");
    Vpn group = IkeSa.present(wire.right.engine.parts.tables.vpns.get("vpn"));
    assertThat(group.lastFailure).startsWith("DUPLICATE_CONNECTION: 'one.example.net'");
    assertThat(wire.right.downs).isZero();
  }

  @Test
  void whateverIdentityItHasAPeerIsLetInByAGeneralGateway() {
    Configs general = hub(Who.ANYONE, 0, false);
    general.general = true;
    general.remote = null;
    Configs other = spoke("x").second().onFirst();
    other.local = new IkeIdentity.UserAtHostname("branch@example.org");
    Wire wire = new Wire(9);
    wire.right.configure(general.build());
    wire.left.configure(Configs.together(one, other));
    wire.run(Duration.ofSeconds(20));
    assertThat(wire.right.engine.vpns())
        .allMatch(VpnStateView::up)
        .extracting(VpnStateView::remoteIdentity)
        .containsExactlyInAnyOrder("one.example.net", "branch@example.org");
  }

  @Test
  void aCommitThatLeavesTheGatewayAloneLeavesItsPeersAlone() {
    Wire wire = bothUp(10);
    wire.right.configure(hub.build());
    wire.run(Duration.ofSeconds(10));
    assertThat(wire.right.engine.vpns()).hasSize(2).allMatch(VpnStateView::up);
    assertThat(wire.right.downs).isZero();

    hub.esp = List.of(Configs.esp(dev.culvert.ipsec.sa.EspAlgorithm.AES_128_GCM));
    wire.right.configure(hub.build());
    assertThat(wire.right.engine.vpns()).hasSize(1);
    assertThat(wire.right.installed).isEmpty();
  }

  @Test
  void anAddressThatGoesTakesItsPeersAlong() {
    Wire wire = bothUp(11);
    wire.right.handle(
        new IkeEvent.InterfacesChanged(
            new dev.culvert.core.net.InterfaceChanges(List.of(), List.of(Wire.ETH0))));
    assertThat(tunnels(wire.right)).isEqualTo(1);
    assertThat(wire.right.installed).isEmpty();
    assertThat(wire.right.up).isFalse();
  }

  @Test
  void eachMemberSaysByItsSelectorsWhatIsBehindIt() {
    one.selectors = List.of(selector("lan", "10.1.0.0/24", "10.9.0.0/16"));
    two.selectors = List.of(selector("lan", "10.2.0.0/24", "10.9.0.0/16"));
    hub.selectors = List.of(selector("spokes", "10.9.0.0/16", "0.0.0.0/0"));
    Wire wire = bothUp(12);
    assertThat(wire.right.installed.values().stream().map(ChildSa::remoteSelectors))
        .containsExactlyInAnyOrder(
            List.of(Configs.of("10.1.0.0/24")), List.of(Configs.of("10.2.0.0/24")));
  }

  @Test
  void eachTellsTheOtherItsAddressOnTheUnit() {
    Wire wire = new Wire(14);
    wire.right.configure(hub.build());
    wire.left.configure(one.build());
    wire.left.handle(unit("10.0.0.7"));
    wire.right.handle(unit("10.0.0.1"));
    wire.left.handle(new IkeEvent.ClearSecurityAssociations(null));
    wire.run(Duration.ofSeconds(20));

    assertThat(found(wire.right)).contains("10.0.0.7");
    assertThat(found(wire.left)).contains("10.0.0.1");
    // It counts from the moment the peer is up.
    List<IkeAction> actions = wire.right.actions;
    int found =
        actions.indexOf(
            actions.stream()
                .filter(IkeAction.PeerAddressFound.class::isInstance)
                .findFirst()
                .orElseThrow());
    assertThat(actions.subList(0, found)).hasAtLeastOneElementOfType(IkeAction.PeerUp.class);
  }

  private static IkeEvent unit(String address) {
    return new IkeEvent.InterfacesChanged(
        new dev.culvert.core.net.InterfaceChanges(
            List.of(
                new dev.culvert.core.net.InterfaceState(
                    Wire.ST0,
                    9,
                    true,
                    false,
                    false,
                    1400,
                    List.of(dev.culvert.core.net.InterfaceAddress.of(address + "/24")))),
            List.of()));
  }

  private static List<String> found(Wire.Node node) {
    return node.actions.stream()
        .filter(IkeAction.PeerAddressFound.class::isInstance)
        .map(IkeAction.PeerAddressFound.class::cast)
        .map(action -> action.address().toString())
        .toList();
  }

  @Test
  void oneThatIsToBeEstablishedAtOnceWaitsForItsPeers() {
    hub.establish = EstablishTunnels.IMMEDIATELY;
    Wire wire = new Wire(13);
    wire.right.configure(hub.build());
    wire.run(Duration.ofMinutes(10));
    assertThat(wire.right.sent).isZero();
    assertThat(wire.right.vpn().reason()).isEqualTo(DownReason.NOT_STARTED);
  }

  private static Configs spoke(String name) {
    Configs spoke = Configs.towards("192.0.2.2");
    spoke.local = new IkeIdentity.Hostname(name);
    return spoke;
  }

  private static Configs hub(Who who, int limit, boolean rejectsDuplicates) {
    Configs hub = Configs.towards(null).responder();
    hub.remote = new IkeIdentity.Hostname("example.net");
    hub.dynamicPeers = new DynamicPeers(who, limit, rejectsDuplicates);
    return hub;
  }

  private Wire bothUp(int seed) {
    Wire wire = new Wire(seed);
    wire.right.configure(hub.build());
    wire.left.configure(Configs.together(one, two));
    boolean areUp =
        wire.runUntil(
            () -> wire.left.engine.vpns().stream().allMatch(VpnStateView::up),
            Duration.ofSeconds(20));
    assertThat(areUp).as("%s", wire.left.engine.vpns()).isTrue();
    wire.run(Duration.ofSeconds(1));
    return wire;
  }

  /** Those that are configured, and the peers that have come. */
  private static int tunnels(Wire.Node node) {
    return node.engine.parts.tables.vpns.all().size();
  }
}
