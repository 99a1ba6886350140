package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.DynamicPeers;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.PeerType;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.policy.PolicyChain;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hub whose group allows 10.0.0.0/24, and spokes there that it has never heard of. */
class DynamicPeerStoryTest {
  private static final Ipv4Prefix ALLOWED = Ipv4Prefix.of("10.0.0.0/24");

  private final BgpLab lab = new BgpLab(31);
  private final LabRouter hub = lab.router("hub", "10.0.0.1", 65000);
  private final LabRouter first = lab.router("first", "10.0.0.2", 65001);
  private final LabRouter second = lab.router("second", "10.0.0.3", 65001);

  @BeforeEach
  void bringUp() {
    hub.configure(allowing(ALLOWED));
    first.configure(advertising(first.peer(hub)));
    second.configure(second.peer(hub));
    first.originate("10.1.0.0/16");
  }

  @Test
  void whoConnectsFromThereIsAPeerAndIsShownAsUnconfigured() {
    lab.runFor(Duration.ofSeconds(10));
    assertThat(hub.engine.neighbors())
        .hasSize(2)
        .allSatisfy(n -> {
          assertThat(n.state()).isEqualTo(SessionState.ESTABLISHED);
          assertThat(n.configured()).isFalse();
          assertThat(n.group()).isEqualTo("spokes");
          assertThat(n.options()).contains("Passive");
        });
    assertThat(hub.engine.summary().unconfiguredPeers()).isEqualTo(2);
    assertThat(hub.candidate("10.1.0.0/16", first)).isNotNull();
    assertThat(hub.actions).noneMatch(BgpAction.Connect.class::isInstance);
  }

  @Test
  void oneThatIsGoneIsForgottenWithItsRoutesAndIsAPeerAgainWhenItReturns() {
    lab.runFor(Duration.ofSeconds(10));
    first.interfaceUp(false);
    first.configure(BgpConfig.NONE);
    lab.runFor(Duration.ofSeconds(10));
    assertThat(hub.engine.neighbors())
        .extracting(BgpNeighbor::address)
        .containsExactly(second.address);
    assertThat(hub.candidate("10.1.0.0/16", first)).isNull();

    first.interfaceUp(true);
    first.configure(advertising(first.peer(hub)));
    lab.runFor(Duration.ofSeconds(20));
    assertThat(hub.neighbor(first).state()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(hub.candidate("10.1.0.0/16", first)).isNotNull();
  }

  @Test
  void oneThatFallsSilentIsForgottenAfterTheHoldTime() {
    lab.runFor(Duration.ofSeconds(10));
    lab.cut();
    lab.runFor(Duration.ofSeconds(100));
    assertThat(hub.engine.neighbors()).isEmpty();
    assertThat(hub.engine.nextDeadline()).isNull();
    assertThat(hub.engine.connections()).isZero();
  }

  @Test
  void aStrangerFromOutsideThePrefixIsNoPeer() {
    LabRouter stranger = lab.router("stranger", "10.0.1.9", 65001);
    hub.interfaces(InterfaceAddress.of("10.0.0.1/24"), InterfaceAddress.of("10.0.1.1/24"));
    connect(stranger.address, 1);
    assertThat(hub.actions.getLast()).isEqualTo(new BgpAction.CloseTransport(new ConnectionId(-1)));
    assertThat(hub.engine.neighbors()).noneMatch(n -> n.address().equals(stranger.address));
    assertThat(hub.listening().listenerFor(stranger.address)).isNull();
    assertThat(hub.listening().listenerFor(first.address)).isNotNull();
  }

  @Test
  void anotherAutonomousSystemIsRefusedAndLeavesNothingBehind() {
    LabRouter other = lab.router("other", "10.0.0.9", 64999);
    other.configure(other.peer(hub));
    lab.runFor(Duration.ofSeconds(10));
    assertThat(other.neighbor(hub).state()).isNotEqualTo(SessionState.ESTABLISHED);
    assertThat(other.neighbor(hub).lastError()).contains("bad peer as");
    lab.cut();
    lab.runFor(Duration.ofSeconds(300));
    assertThat(hub.engine.neighbors()).isEmpty();
    assertThat(hub.engine.connections()).isZero();
  }

  @Test
  void thereAreNoMoreOfThemThanTheBound() {
    BgpLab wide = new BgpLab(32);
    LabRouter router = wide.router("wide", "10.0.0.1", 65000);
    router.configure(allowing(Ipv4Prefix.of("10.0.0.0/8")));
    router.interfaces(InterfaceAddress.of("10.0.0.1/8"));
    for (int i = 0; i < BgpEngine.MOST_DYNAMIC_PEERS + 10; i++) {
      Ipv4Address from = new Ipv4Address(Ipv4Address.of("10.1.0.0").bits() + i);
      open(router, from, i + 1);
    }
    assertThat(router.engine.neighbors()).hasSize(BgpEngine.MOST_DYNAMIC_PEERS);
    assertThat(router.notices)
        .filteredOn(n -> n.toString().contains("BGP_DYNAMIC_PEER_REFUSED"))
        .hasSize(10)
        .allMatch(n -> n.toString().contains("4096 unconfigured peers"));
    // Nobody says a word: the hold time before an OPEN ends them all.
    wide.runFor(Duration.ofMinutes(10));
    assertThat(router.engine.neighbors()).isEmpty();
  }

  @Test
  void aCommitThatChangesAnotherGroupLeavesThemAloneAndOneThatForbidsThemEndsThem() {
    lab.runFor(Duration.ofSeconds(10));
    long flaps = second.neighbor(hub).flaps();
    hub.configure(
        new BgpConfig(
                List.of(hub.peer(Ipv4Address.of("10.0.0.77"), 65077)),
                List.of(new DynamicPeers(ALLOWED, each())))
            .withRouting(65000, new RouterId(hub.address.bits())));
    lab.runFor(Duration.ofSeconds(10));
    assertThat(second.neighbor(hub).flaps()).isEqualTo(flaps);
    assertThat(hub.engine.neighbors()).hasSize(3);

    hub.configure(allowing(Ipv4Prefix.of("10.0.0.2/32")));
    lab.runFor(Duration.ofSeconds(10));
    assertThat(hub.engine.neighbors())
        .extracting(BgpNeighbor::address)
        .containsExactly(first.address);
    assertThat(second.neighbor(hub).lastError()).contains("Cease");
  }

  @Test
  void oneThatIsConfiguredWhileItIsThereBecomesAPeerForGood() {
    lab.runFor(Duration.ofSeconds(10));
    hub.configure(
        new BgpConfig(List.of(hub.peer(first)), List.of(new DynamicPeers(ALLOWED, each())))
            .withRouting(65000, new RouterId(hub.address.bits())));
    lab.runFor(Duration.ofSeconds(60));
    assertThat(hub.neighbor(first).configured()).isTrue();
    assertThat(hub.neighbor(first).state()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(hub.neighbor(second).configured()).isFalse();
  }

  @Test
  void clearedByTheOperatorItComesBack() {
    lab.runFor(Duration.ofSeconds(10));
    hub.handle(new BgpEvent.ClearNeighbor(first.address, false));
    lab.runFor(Duration.ofSeconds(30));
    assertThat(hub.neighbor(first).state()).isEqualTo(SessionState.ESTABLISHED);
  }

  private void connect(Ipv4Address from, long number) {
    open(hub, from, number);
  }

  private static void open(LabRouter to, Ipv4Address from, long number) {
    to.handle(
        new BgpEvent.TransportOpened(
            new ConnectionId(-number),
            new Endpoint(to.address, 179),
            new Endpoint(from, 40000),
            true));
  }

  private static PeerConfig advertising(PeerConfig peer) {
    return peer.withRoutes(
        peer.routes().withExports(PolicyChain.of("", "from protocol static; then accept;")));
  }

  private static PeerConfig each() {
    return PeerConfig.of("spokes", Ipv4Address.ANY, SessionConfig.of(PeerType.EXTERNAL, 65001));
  }

  private static BgpConfig allowing(Ipv4Prefix prefix) {
    return new BgpConfig(List.of(), List.of(new DynamicPeers(prefix, each())))
        .withRouting(65000, RouterId.of("10.0.0.1"));
  }
}
