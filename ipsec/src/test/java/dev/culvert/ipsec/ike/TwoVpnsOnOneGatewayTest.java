package dev.culvert.ipsec.ike;

import static dev.culvert.ipsec.ike.Configs.selector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.SaNotice;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** VPNs with the same gateway: one IKE SA, and a unit of st0 each. */
class TwoVpnsOnOneGatewayTest {
  private final Configs left = Configs.towards("192.0.2.2");
  private final Configs left2 = Configs.towards("192.0.2.2").besideFirst();
  private final Configs right = Configs.towards("192.0.2.1").responder();
  private final Configs right2 = Configs.towards("192.0.2.1").responder().besideFirst();

  TwoVpnsOnOneGatewayTest() {
    left2.selectors = List.of(selector("a", "10.1.0.0/16", "10.2.0.0/16"));
    right2.selectors = List.of(selector("a", "10.2.0.0/16", "10.1.0.0/16"));
  }

  @Test
  void bothAreUpOnOneIkeSaEachOnItsOwnUnit() {
    Wire wire = bothUp(1);

    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.installed.values())
          .extracting(sa -> sa.vpnName() + " " + sa.tunnel())
          .containsExactlyInAnyOrder("vpn st0.0", "vpn2 st0.1");
      assertThat(changes(node)).containsExactly("st0.0 true", "st0.1 true");
    }
    wire.left
        .installed
        .values()
        .forEach(sa ->
            assertThat(wire.right.installed.get(sa.outboundSpi()).tunnel()).isEqualTo(sa.tunnel()));
  }

  @Test
  void theyStayApartThroughRekeys() {
    Wire wire = bothUp(2);
    wire.beFaulty();
    wire.run(Duration.ofHours(9));
    wire.beFaultless();
    wire.run(Wire.SETTLING);

    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);
    assertThat(wire.left.installed).hasSize(2);
    wire.left
        .installed
        .values()
        .forEach(sa ->
            assertThat(wire.right.installed.get(sa.outboundSpi()).tunnel()).isEqualTo(sa.tunnel()));
  }

  @Test
  void oneThatLosesItsPairIsDownAloneAndComesBack() {
    Wire wire = bothUp(3);
    ChildPolicy second = vpn(wire.right).policies.get(1);
    wire.right.does(
        (parts, step) -> parts.informational.deleteChild(IkeSa.present(second.leading()), step));
    wire.run(Duration.ofMillis(100));
    assertThat(changes(wire.left)).endsWith("st0.1 false");
    assertThat(view(wire, "vpn").up()).isTrue();
    assertThat(view(wire, "vpn2").up()).isFalse();
    assertThat(view(wire, "vpn2").reason()).isEqualTo(DownReason.DELETED_BY_PEER);

    wire.run(Duration.ofSeconds(10));
    assertThat(view(wire, "vpn2").up()).isTrue();
    assertThat(view(wire, "vpn2").flaps()).isEqualTo(1);
    assertThat(view(wire, "vpn").flaps()).isZero();
    assertThat(wire.left.notices)
        .filteredOn(notice -> notice.tag().equals("IKE_VPN_DOWN"))
        .hasSize(1);
  }

  @Test
  void whenTheIkeSaIsClearedBothUnitsGoDownAndComeBack() {
    Wire wire = bothUp(4);
    wire.left.handle(new IkeEvent.ClearSecurityAssociations("gw"));
    wire.run(Duration.ofSeconds(30));
    for (String unit : List.of("st0.0", "st0.1")) {
      assertThat(changes(wire.left).stream().filter(change -> change.startsWith(unit)))
          .containsExactly(unit + " true", unit + " false", unit + " true");
    }
  }

  @Test
  void aPacketOfOneUnitBringsUpTheVpnOfThatUnit() {
    left.establish = EstablishTunnels.ON_TRAFFIC;
    left2.establish = EstablishTunnels.ON_TRAFFIC;
    Wire wire = new Wire(5);
    wire.right.configure(Configs.together(right, right2));
    wire.left.configure(Configs.together(left, left2));
    wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST1)));
    wire.run(Duration.ofSeconds(5));
    assertThat(changes(wire.left)).containsExactly("st0.1 true");

    wire.left.handle(new IkeEvent.DataPath(new SaNotice.OutboundSaMissing(Wire.ST0)));
    wire.run(Duration.ofSeconds(5));
    assertThat(changes(wire.left)).containsExactly("st0.1 true", "st0.0 true");
    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);
  }

  @Test
  void oneThatIsTakenAwayLeavesTheOther() {
    Wire wire = bothUp(6);
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.run(Duration.ofSeconds(30));

    assertThat(wire.left.engine.vpns()).extracting(VpnStateView::vpn).containsExactly("vpn");
    assertThat(view(wire, "vpn").up()).isTrue();
    assertThat(changes(wire.left)).contains("st0.1 false").endsWith("st0.0 true");
  }

  private Wire bothUp(int seed) {
    Wire wire = new Wire(seed);
    wire.right.configure(Configs.together(right, right2));
    wire.left.configure(Configs.together(left, left2));
    boolean areUp =
        wire.runUntil(
            () ->
                wire.left.engine.vpns().stream().allMatch(VpnStateView::up)
                    && wire.right.engine.vpns().stream().allMatch(VpnStateView::up),
            Duration.ofSeconds(20));
    assertThat(areUp).as("%s", wire.left.engine.vpns()).isTrue();
    return wire;
  }

  private static VpnStateView view(Wire wire, String name) {
    return wire.left.engine.vpns().stream()
        .filter(vpn -> vpn.vpn().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Vpn vpn(Wire.Node node) {
    return IkeSa.present(node.engine.parts.tables.vpns.get("vpn"));
  }

  private static List<String> changes(Wire.Node node) {
    return node.actions.stream()
        .filter(IkeAction.TunnelChanged.class::isInstance)
        .map(IkeAction.TunnelChanged.class::cast)
        .map(change -> change.tunnel() + " " + change.up())
        .toList();
  }
}
