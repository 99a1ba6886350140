package dev.culvert.ipsec.ike;

import static dev.culvert.ipsec.ike.Configs.selector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.ipsec.config.EstablishTunnels;
import dev.culvert.ipsec.ike.message.ExchangeType;
import dev.culvert.ipsec.ike.message.Payload;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.SelectorView;
import dev.culvert.ipsec.ike.sa.ChildPair;
import dev.culvert.ipsec.ike.sa.ChildPolicy;
import dev.culvert.ipsec.ike.sa.IkeSa;
import dev.culvert.ipsec.ike.sa.IkeSaTable;
import dev.culvert.ipsec.ike.sa.Vpn;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Several child policies of one tunnel: an SA pair each, on one IKE SA (RFC 7296 §2.9). */
class TrafficSelectorTest {
  private final Configs left = Configs.towards("192.0.2.2");
  private final Configs right = Configs.towards("192.0.2.1").responder();

  @Test
  void eachSelectorHasAPairOfItsOwnOnOneIkeSa() {
    Wire wire = three(1);

    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);
    List<IpsecSaView> pairs = wire.left.engine.ipsecSas(wire.now);
    assertThat(pairs)
        .extracting(IpsecSaView::trafficSelector)
        .containsExactlyInAnyOrder("a", "b", "c");
    assertThat(pairs.stream().map(IpsecSaView::tunnelId).distinct()).hasSize(3);
    assertAgreed(wire);
    assertThat(sa(wire.left, "10.2.1.0/24").remoteSelectors())
        .containsExactly(Configs.of("10.2.1.0/24"));
  }

  @Test
  void theResponderNarrowsWhatIsWiderThanItsOwnAndTheInitiatorTakesIt() {
    left.selectors =
        List.of(
            selector("a", "10.1.0.0/16", "10.2.1.0/24"),
            selector("b", "10.1.0.0/16", "10.2.2.0/25"));
    right.selectors =
        List.of(
            selector("x", "10.2.2.0/24", "10.1.9.0/24"),
            selector("y", "10.2.1.0/24", "10.1.1.0/24"));
    Wire wire = new Wire(2);
    up(wire, 2);

    assertAgreed(wire);
    ChildSa a = sa(wire.left, "10.2.1.0/24");
    assertThat(a.localSelectors()).containsExactly(Configs.of("10.1.1.0/24"));
    ChildSa b = sa(wire.left, "10.2.2.0/25");
    assertThat(b.localSelectors()).containsExactly(Configs.of("10.1.9.0/24"));
  }

  /** A route-based peer offers everything, and gets what there is. */
  @Test
  void anOfferOfEverythingIsNarrowedToASelectorOfOurs() {
    right.selectors = List.of(selector("x", "10.2.0.0/16", "10.1.0.0/16"));
    Wire wire = new Wire(3);
    up(wire, 1);

    assertAgreed(wire);
    assertThat(wire.left.installed.firstEntry().getValue().remoteSelectors())
        .containsExactly(Configs.of("10.2.0.0/16"));
  }

  @Test
  void aPolicyThatThePeerRefusesIsNamedAndTriedAgainWhileTheOthersGoOn() {
    left.selectors =
        List.of(
            selector("wrong", "10.9.0.0/16", "10.8.0.0/16"),
            selector("a", "10.1.1.0/24", "10.2.1.0/24"),
            selector("b", "10.1.2.0/24", "10.2.2.0/24"));
    right.selectors =
        List.of(
            selector("a", "10.2.1.0/24", "10.1.1.0/24"),
            selector("b", "10.2.2.0/24", "10.1.2.0/24"));
    Wire wire = new Wire(4);
    int[] asked = {0};
    wire.drop =
        (from, message) -> {
          asked[0] +=
              from == wire.left && Wire.is(message, ExchangeType.CREATE_CHILD_SA, false) ? 1 : 0;
          return false;
        };
    up(wire, 2);
    wire.run(Duration.ofMinutes(20));

    assertThat(wire.downs()).isZero();
    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);
    assertThat(wire.left.installed).hasSize(2);
    SelectorView wrong = wire.left.vpn().selectors().getFirst();
    assertThat(wrong.up()).isFalse();
    assertThat(wrong.reason()).isEqualTo(DownReason.TS_UNACCEPTABLE);
    assertThat(wrong.lastFailure()).contains("10.9.0.0").contains("10.8.0.0");
    assertThat(wrong.remedies()).isNotEmpty();
    // Pauses that grow to a minute, and go on.
    assertThat(asked[0]).isBetween(20, 60);
  }

  @Test
  void aTunnelNoneOfWhosePoliciesThePeerTakesIsDownAndSaysSo() {
    left.selectors =
        List.of(
            selector("a", "10.9.1.0/24", "10.8.1.0/24"),
            selector("b", "10.9.2.0/24", "10.8.2.0/24"));
    right.selectors = List.of(selector("x", "10.2.1.0/24", "10.1.1.0/24"));
    Wire wire = new Wire(5);
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.run(Duration.ofMinutes(5));

    assertThat(wire.bothUp()).isFalse();
    assertThat(wire.left.vpn().reason()).isEqualTo(DownReason.TS_UNACCEPTABLE);
    assertThat(wire.left.engine.ikeSas(wire.now).size()).isLessThanOrEqualTo(1);
  }

  @Test
  void rekeysKeepThePolicyOfEachPairAndLoseNoneUnderFaults() {
    for (int seed = 10; seed < 16; seed++) {
      Wire wire = three(seed);
      wire.beFaulty();
      wire.run(Duration.ofHours(9));
      wire.beFaultless();
      wire.run(Wire.SETTLING);
      assertSettled(wire, 3, seed);
    }
  }

  @Test
  void twoThatBeginAtOnceEndUpWithOnePairForEachPolicy() {
    for (int seed = 20; seed < 40; seed++) {
      Configs other = Configs.towards("192.0.2.1");
      Wire wire = new Wire(seed);
      wire.jitterMillis = 40;
      left.selectors = threeOfLeft();
      other.selectors = threeOfRight();
      wire.right.configure(other.build());
      wire.left.configure(left.build());
      wire.run(Duration.ofMinutes(2));
      assertSettled(wire, 3, seed);
    }
  }

  @Test
  void aPeerThatRestartsHasAllPoliciesAgain() {
    Wire wire = three(41);
    wire.run(Duration.ofMinutes(3));
    wire.rebornLeft(77).configure(left.build());

    assertThat(wire.runUntil(() -> upPolicies(wire) == 3, Duration.ofSeconds(20))).isTrue();
    wire.run(Duration.ofMinutes(2));
    assertSettled(wire, 3, 41);
  }

  @Test
  void aFreshIkeSaTakesOverWithoutAPolicyGoingDown() {
    Wire wire = three(42);
    wire.run(Duration.ofMinutes(3));
    wire.invariant = () -> assertThat(upPolicies(wire)).isEqualTo(3);
    wire.left.does((parts, step) ->
        parts.succession.begin(
            IkeSaTable.current(vpn(wire.left)).orElseThrow(),
            DownReason.PROTOCOL_ERROR,
            "test",
            step));
    wire.run(Duration.ofMinutes(2));

    assertSettled(wire, 3, 42);
    assertThat(wire.left.engine.ikeSas(wire.now).getFirst().index()).isGreaterThan(1);
  }

  @Test
  void eachPolicyHasAPairForEachQueue() {
    Wire wire = new Wire(43, 2, 2);
    left.selectors = threeOfLeft();
    right.selectors = threeOfRight();
    up(wire, 3);
    wire.run(Duration.ofMinutes(1));

    for (Wire.Node node : List.of(wire.left, wire.right)) {
      for (ChildPolicy policy : vpn(node).policies) {
        assertThat(policy.inUse.keySet()).containsExactly(0, 1);
      }
    }
  }

  @Test
  void aPacketBringsUpItsOwnPolicyAndIsNamedFirst() {
    left.selectors = threeOfLeft();
    left.establish = EstablishTunnels.ON_TRAFFIC;
    right.selectors = threeOfRight();
    Wire wire = new Wire(44);
    List<TrafficSelector> offered = new ArrayList<>();
    wire.drop =
        (from, message) -> {
          if (from == wire.left
              && offered.isEmpty()
              && Wire.is(message, ExchangeType.IKE_AUTH, false)) {
            wire.left.opened(message).stream()
                .filter(Payload.TrafficSelectors.class::isInstance)
                .map(Payload.TrafficSelectors.class::cast)
                .forEach(ts -> offered.addAll(ts.selectors()));
          }
          return false;
        };
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    wire.run(Duration.ofMinutes(1));
    assertThat(wire.left.sent).isZero();

    TrafficSelector source = packet("10.1.2.7", 4000);
    TrafficSelector destination = packet("10.2.2.9", 80);
    SaNotice missing =
        new SaNotice.OutboundSaMissing(Wire.ST0, SaNotice.ANY_PEER, source, destination);
    wire.left.handle(new IkeEvent.DataPath(missing));
    wire.run(Duration.ofMinutes(1));

    assertThat(wire.left.installed).hasSize(1);
    assertThat(sa(wire.left, "10.2.2.0/24").localSelectors())
        .containsExactly(Configs.of("10.1.2.0/24"));
    assertThat(offered)
        .containsExactly(source, Configs.of("10.1.2.0/24"), destination, Configs.of("10.2.2.0/24"));

    // Another policy's packet, once the IKE SA is there.
    SaNotice other =
        new SaNotice.OutboundSaMissing(
            Wire.ST0, SaNotice.ANY_PEER, packet("10.1.3.7", 9), packet("10.2.3.9", 9));
    wire.left.handle(new IkeEvent.DataPath(other));
    wire.run(Duration.ofSeconds(2));
    assertThat(upPolicies(wire)).isEqualTo(2);
    assertThat(wire.left.engine.ikeSas(wire.now)).hasSize(1);

    // And one of nobody's.
    SaNotice nobodys =
        new SaNotice.OutboundSaMissing(
            Wire.ST0, SaNotice.ANY_PEER, packet("10.1.3.7", 9), packet("172.16.0.1", 9));
    wire.left.handle(new IkeEvent.DataPath(nobodys));
    wire.run(Duration.ofSeconds(2));
    assertThat(upPolicies(wire)).isEqualTo(2);
  }

  @Test
  void aPairThatThePeerDeletesIsAskedForAgainAloneAndTheTunnelStaysUp() {
    Wire wire = three(45);
    ChildPolicy second = vpn(wire.right).policies.get(1);
    wire.right.does(
        (parts, step) -> parts.informational.deleteChild(IkeSa.present(second.leading()), step));
    assertThat(wire.runUntil(() -> upPolicies(wire) == 2, Duration.ofSeconds(1))).isTrue();
    assertThat(wire.runUntil(() -> upPolicies(wire) == 3, Duration.ofSeconds(10))).isTrue();
    wire.run(Duration.ofSeconds(20));

    assertThat(wire.downs()).isZero();
    assertSettled(wire, 3, 45);
  }

  @Test
  void whereEachPolicyLeadsIsToldWhileItsPairIsThere() {
    Wire wire = three(46);
    wire.right.does((parts, step) ->
        parts.informational.deleteChild(
            IkeSa.present(vpn(wire.right).policies.get(1).leading()), step));
    assertThat(wire.runUntil(() -> upPolicies(wire) == 2, Duration.ofSeconds(1))).isTrue();
    wire.run(Duration.ofMinutes(2));
    wire.left.handle(new IkeEvent.RekeyRequested("gw", false));
    wire.run(Duration.ofMinutes(2));

    assertThat(remotes(wire.left))
        .containsExactly("10.2.1.0/24", "10.2.2.0/24", "10.2.3.0/24", "", "10.2.2.0/24");
    wire.left.handle(new IkeEvent.ClearSecurityAssociations(null));
    assertThat(remotes(wire.left)).hasSize(8).endsWith("", "", "");
  }

  /** A default route is the operator's to make. */
  @Test
  void everythingIsNoDestinationOfItsOwn() {
    left.selectors = List.of(selector("all", "0.0.0.0/0", "0.0.0.0/0"));
    Wire wire = new Wire(47);
    up(wire, 1);
    assertThat(remotes(wire.left)).isEmpty();
    assertThat(remotes(wire.right)).isEmpty();
  }

  private static List<String> remotes(Wire.Node node) {
    return node.actions.stream()
        .filter(IkeAction.SelectorChanged.class::isInstance)
        .map(IkeAction.SelectorChanged.class::cast)
        .map(change ->
            change.remotes().stream()
                .map(prefix -> prefix.toString())
                .collect(java.util.stream.Collectors.joining(",")))
        .toList();
  }

  private static TrafficSelector packet(String address, int port) {
    Ipv4Address ip = Ipv4Address.of(address);
    return new TrafficSelector(6, port, port, ip, ip);
  }

  private static List<dev.culvert.ipsec.config.ChildSelectors> threeOfLeft() {
    return List.of(
        selector("a", "10.1.1.0/24", "10.2.1.0/24"),
        selector("b", "10.1.2.0/24", "10.2.2.0/24"),
        selector("c", "10.1.3.0/24", "10.2.3.0/24"));
  }

  private static List<dev.culvert.ipsec.config.ChildSelectors> threeOfRight() {
    return List.of(
        selector("z", "10.2.3.0/24", "10.1.3.0/24"),
        selector("y", "10.2.2.0/24", "10.1.2.0/24"),
        selector("x", "10.2.1.0/24", "10.1.1.0/24"));
  }

  private Wire three(int seed) {
    left.selectors = threeOfLeft();
    right.selectors = threeOfRight();
    Wire wire = new Wire(seed);
    up(wire, 3);
    return wire;
  }

  private void up(Wire wire, int policies) {
    wire.right.configure(right.build());
    wire.left.configure(left.build());
    boolean areUp =
        wire.runUntil(() -> upPolicies(wire) == policies && wire.bothUp(), Duration.ofSeconds(20));
    assertThat(areUp).as(wire.left.vpn() + "\n" + wire.right.vpn()).isTrue();
  }

  private static Vpn vpn(Wire.Node node) {
    return IkeSa.present(node.engine.parts.tables.vpns.get("vpn"));
  }

  private static int upPolicies(Wire wire) {
    return (int) vpn(wire.left).policies.stream().filter(ChildPolicy::isUp).count();
  }

  private static ChildSa sa(Wire.Node node, String remote) {
    return node.installed.values().stream()
        .filter(sa ->
            SelectorPrefixes.prefixes(sa.remoteSelectors().getFirst())
                .getFirst()
                .toString()
                .equals(remote))
        .findFirst()
        .orElseThrow();
  }

  /** Each pair of the left is one of the right, with the same selectors the other way round. */
  private static void assertAgreed(Wire wire) {
    for (ChildSa sa : wire.left.installed.values()) {
      ChildSa its = wire.right.installed.get(sa.outboundSpi());
      assertThat(its.localSelectors()).isEqualTo(sa.remoteSelectors());
      assertThat(its.remoteSelectors()).isEqualTo(sa.localSelectors());
    }
  }

  private static void assertSettled(Wire wire, int policies, int seed) {
    for (Wire.Node node : List.of(wire.left, wire.right)) {
      assertThat(node.engine.ikeSas(wire.now)).as("IKE SAs, seed %d", seed).hasSize(1);
      assertThat(node.installed).as("%s pairs, seed %d", node.name, seed).hasSize(policies);
      TreeSet<Integer> carried = new TreeSet<>();
      node.installed.values().forEach(sa -> carried.add(sa.policy()));
      assertThat(carried).as("%s policies, seed %d", node.name, seed).hasSize(policies);
      for (ChildPair pair : vpn(node).pairs) {
        assertThat(pair.policy.uses(pair)).as("%s %s, seed %d", node.name, pair, seed).isTrue();
      }
    }
    assertAgreed(wire);
  }
}
