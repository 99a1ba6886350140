package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.config.PrefixLimit;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.bgp.rib.NextHopState;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.policy.PolicyChain;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two or three routers in virtual time. */
class BgpSessionStoryTest {
  private static final Duration SETTLE = Duration.ofSeconds(10);

  private BgpLab lab;
  private LabRouter branch;
  private LabRouter hub;

  @BeforeEach
  void twoRoutersOfDifferentAs() {
    lab = new BgpLab(1);
    branch = lab.router("branch", "10.0.0.1", 65001);
    hub = lab.router("hub", "10.0.0.2", 65002);
  }

  private void establish() {
    branch.configure(exportingStatic(branch, hub));
    hub.configure(exportingStatic(hub, branch));
    lab.runFor(SETTLE);
    assertEstablished();
  }

  private static dev.culvert.bgp.config.PeerConfig exportingStatic(LabRouter at, LabRouter to) {
    var peer = at.peer(to);
    return peer.withRoutes(
        peer.routes().withExports(PolicyChain.of("", "from protocol static; then accept;")));
  }

  private void assertEstablished() {
    assertThat(branch.neighbor(hub).state()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(hub.neighbor(branch).state()).isEqualTo(SessionState.ESTABLISHED);
    assertThat(lab.openStreams()).isEqualTo(1);
  }

  @Test
  void bothSidesCallAtOnceAndOneConnectionSurvivesTheCollision() {
    establish();

    BgpNeighbor view = branch.neighbor(hub);
    assertThat(view.peerId()).hasToString("10.0.0.2");
    assertThat(view.activeHoldTime()).isEqualTo(Duration.ofSeconds(90));
    assertThat(view.keepaliveInterval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(view.endOfRibReceived()).isTrue();
    assertThat(view.flaps()).isZero();
    // RFC 4271 §6.8: the connection of the higher BGP Identifier, the hub's, is the one kept.
    assertThat(view.local().port()).isEqualTo(179);
  }

  @Test
  void routesAreExchangedAndWithdrawn() {
    establish();

    branch.originate("192.168.1.0/24");
    hub.originate("192.168.2.0/24", "192.168.3.0/24");
    lab.runFor(SETTLE);
    assertThat(hub.detail("192.168.1.0/24").asPath()).hasToString("65001");
    assertThat(hub.detail("192.168.1.0/24").protocolNextHop()).isEqualTo(branch.address);
    assertThat(hub.detail("192.168.1.0/24").localPreference()).isEqualTo(100);
    assertThat(branch.active("192.168.2.0/24").preference()).isEqualTo(170);
    assertThat(branch.neighbor(hub).prefixes().received()).isEqualTo(2);
    assertThat(branch.neighbor(hub).prefixes().active()).isEqualTo(2);
    assertThat(branch.neighbor(hub).prefixes().advertised()).isEqualTo(1);

    branch.revoke("192.168.1.0/24");
    lab.runFor(SETTLE);
    assertThat(hub.active("192.168.1.0/24")).isNull();
    assertThat(hub.tracked).isEmpty();
  }

  @Test
  void aSilentPeerIsGivenUpAfterTheHoldTimeAndItsRoutesGo() {
    establish();
    hub.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.active("192.168.2.0/24")).isNotNull();

    lab.cut();
    lab.runFor(Duration.ofSeconds(60));
    assertThat(branch.neighbor(hub).state()).isEqualTo(SessionState.ESTABLISHED);
    lab.runFor(Duration.ofSeconds(31));
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    assertThat(branch.neighbor(hub).lastError()).isEqualTo("Hold Timer Expired Error");
    assertThat(branch.neighbor(hub).flaps()).isEqualTo(1);
    assertThat(branch.active("192.168.2.0/24")).isNull();

    lab.heal();
    lab.runFor(Duration.ofSeconds(30));
    assertEstablished();
    assertThat(branch.active("192.168.2.0/24")).isNotNull();
  }

  @Test
  void aHoldTimeOfZeroOutlastsAnySilence() {
    branch.configure(
        branch.peer(hub).withSession(branch.peer(hub).session().withHoldTime(Duration.ZERO)));
    hub.configure(hub.peer(branch));
    lab.runFor(SETTLE);
    assertEstablished();
    lab.cut();
    lab.runFor(Duration.ofHours(5));
    assertThat(branch.neighbor(hub).isEstablished()).isTrue();
    assertThat(branch.neighbor(hub).activeHoldTime()).isZero();
  }

  @Test
  void aBrokenStreamIsReplacedAtOnce() {
    establish();
    lab.breakStreams();
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    lab.runFor(SETTLE);
    assertEstablished();
    assertThat(branch.neighbor(hub).flaps()).isEqualTo(1);
  }

  @Test
  void aPeerThatKeepsFailingIsTriedLessAndLess() {
    hub.configure(hub.peer(branch.address, 64999));
    branch.configure(branch.peer(hub));
    lab.runFor(Duration.ofMinutes(10));
    long early = branch.neighbor(hub).output().opens();
    lab.runFor(Duration.ofMinutes(10));
    long late = branch.neighbor(hub).output().opens() - early;
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    assertThat(late).isPositive().isLessThan(early);
    assertThat(branch.neighbor(hub).lastError()).contains("bad peer as");
  }

  @Test
  void aPassivePeerNeverCallsButAnswers() {
    branch.configure(branch.peer(hub).withSession(branch.peer(hub).session().withPassive(true)));
    lab.runFor(SETTLE);
    assertThat(branch.neighbor(hub).state()).isEqualTo(SessionState.ACTIVE);
    hub.configure(hub.peer(branch));
    lab.runFor(SETTLE);
    assertEstablished();
    assertThat(branch.actions).noneMatch(a -> a instanceof BgpAction.Connect);
  }

  @Test
  void aStrangerIsRefused() {
    LabRouter stranger = lab.router("stranger", "10.0.0.66", 65066);
    hub.configure(hub.peer(branch));
    hub.handle(
        new BgpEvent.TransportOpened(
            new ConnectionId(-99),
            new dev.culvert.core.net.Endpoint(hub.address, 179),
            new dev.culvert.core.net.Endpoint(stranger.address, 50000),
            true));
    assertThat(hub.actions).contains(new BgpAction.CloseTransport(new ConnectionId(-99)));
  }

  @Test
  void aPolicyChangeReEvaluatesRoutesAndLeavesTheSessionAlone() {
    establish();
    hub.originate("192.168.2.0/24", "192.168.3.0/24");
    lab.runFor(SETTLE);
    long opens = branch.neighbor(hub).output().opens();

    var peer = exportingStatic(branch, hub);
    branch.configure(
        peer.withRoutes(
            peer.routes()
                .withImports(
                    PolicyChain.of(
                        "community seven members 65001:7;",
                        """
                        from { route-filter 192.168.2.0/24 exact; }
                        then { local-preference 300; community { add seven; } accept; }
                        """,
                        "then reject;"))));
    assertThat(branch.detail("192.168.2.0/24").localPreference()).isEqualTo(300);
    assertThat(branch.detail("192.168.2.0/24").communities().texts()).containsExactly("65001:7");
    assertThat(branch.active("192.168.3.0/24")).isNull();
    assertThat(branch.neighbor(hub).prefixes().received()).isEqualTo(2);
    assertThat(branch.neighbor(hub).prefixes().accepted()).isEqualTo(1);
    assertThat(branch.neighbor(hub).output().opens()).isEqualTo(opens);

    // Export: the hub stops announcing one of them.
    var hubPeer = hub.peer(branch);
    hub.configure(hubPeer);
    lab.runFor(SETTLE);
    assertThat(branch.active("192.168.2.0/24")).isNull();
    assertThat(branch.neighbor(hub).flaps()).isZero();
  }

  @Test
  void aChangeOfTheHoldTimeRestartsThatSessionOnly() {
    LabRouter third = lab.router("third", "10.0.0.3", 65003);
    hub.configure(hub.peer(branch), hub.peer(third));
    branch.configure(branch.peer(hub));
    third.configure(third.peer(hub));
    lab.runFor(SETTLE);
    hub.configure(
        hub.peer(branch)
            .withSession(hub.peer(branch).session().withHoldTime(Duration.ofSeconds(9))),
        hub.peer(third));
    lab.runFor(SETTLE);
    assertThat(hub.neighbor(branch).activeHoldTime()).isEqualTo(Duration.ofSeconds(9));
    assertThat(branch.neighbor(hub).lastError()).isEqualTo("Cease: other configuration change");
    assertThat(hub.neighbor(third).flaps()).isZero();
    assertThat(hub.neighbor(third).isEstablished()).isTrue();
  }

  @Test
  void internalPeersKeepTheNextHopAndPassNothingOnAmongThemselves() {
    LabRouter edge = lab.router("edge", "10.0.0.11", 65001);
    LabRouter core = lab.router("core", "10.0.0.12", 65001);
    edge.configure(edge.peer(hub), edge.peer(branch), edge.peer(core));
    branch.configure(branch.peer(edge), branch.peer(core));
    core.configure(core.peer(branch), core.peer(edge));
    hub.configure(exportingStatic(hub, edge));
    hub.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.detail("192.168.2.0/24").protocolNextHop()).isEqualTo(hub.address);
    assertThat(branch.detail("192.168.2.0/24").asPath()).hasToString("65002");
    assertThat(branch.detail("192.168.2.0/24").external()).isFalse();
    assertThat(core.candidate("192.168.2.0/24", edge)).isNotNull();
    assertThat(core.candidate("192.168.2.0/24", branch)).isNull();
  }

  @Test
  void ourOwnAsInThePathIsALoop() {
    LabRouter third = lab.router("third", "10.0.0.3", 65003);
    branch.configure(exportingStatic(branch, hub));
    hub.configure(hub.peer(branch), hub.peer(third));
    third.configure(third.peer(hub), third.peer(branch.address, 65001));
    branch.originate("192.168.1.0/24");
    lab.runFor(SETTLE);
    assertThat(third.detail("192.168.1.0/24").asPath()).hasToString("65002 65001");
    branch.configure(exportingStatic(branch, hub), branch.peer(third));
    lab.runFor(SETTLE);
    assertThat(branch.neighbor(third).isEstablished()).isTrue();
    assertThat(branch.neighbor(third).prefixes().accepted()).isZero();
    assertThat(branch.neighbor(third).errors().loopsRejected()).isEqualTo(1);
  }

  @Test
  void noExportStopsAtTheBorderAndNoAdvertiseEverywhere() {
    LabRouter third = lab.router("third", "10.0.0.3", 65003);
    var peer = exportingStatic(branch, hub);
    branch.configure(
        peer.withRoutes(
            peer.routes()
                .withExports(
                    PolicyChain.of(
                        "community inside members no-export;",
                        """
                        from { route-filter 192.168.1.0/24 exact; }
                        then { community { set inside; } accept; }
                        """,
                        "from protocol static; then accept;"))));
    hub.configure(hub.peer(branch), hub.peer(third));
    third.configure(third.peer(hub));
    branch.originate("192.168.1.0/24", "192.168.5.0/24");
    lab.runFor(SETTLE);
    assertThat(hub.detail("192.168.1.0/24").communities().texts()).containsExactly("no-export");
    assertThat(third.active("192.168.1.0/24")).isNull();
    assertThat(third.active("192.168.5.0/24")).isNotNull();
  }

  @Test
  void theMedGoesToTheNeighborAndNoFurther() {
    LabRouter third = lab.router("third", "10.0.0.3", 65003);
    var peer = branch.peer(hub);
    branch.configure(
        peer.withRoutes(
            peer.routes()
                .withExports(
                    PolicyChain.of(
                        "", "then { metric 77; as-path-prepend \"65001 65001\"; accept; }"))));
    hub.configure(hub.peer(branch), hub.peer(third));
    third.configure(third.peer(hub));
    branch.originate("192.168.1.0/24");
    lab.runFor(SETTLE);
    assertThat(hub.detail("192.168.1.0/24").med()).isEqualTo(77);
    assertThat(hub.detail("192.168.1.0/24").asPath()).hasToString("65001 65001 65001");
    assertThat(third.detail("192.168.1.0/24").med()).isNull();
  }

  @Test
  void theBetterOfTwoPathsWinsAndTheOtherTellsWhyItLost() {
    LabRouter third = lab.router("third", "10.0.0.3", 65003);
    LabRouter origin = lab.router("origin", "10.0.0.4", 65004);
    branch.configure(branch.peer(hub), branch.peer(third));
    hub.configure(hub.peer(branch), hub.peer(origin));
    third.configure(exportingStatic(third, branch));
    origin.configure(exportingStatic(origin, hub));
    origin.originate("192.168.9.0/24");
    third.originate("192.168.9.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.detail("192.168.9.0/24").asPath()).hasToString("65003");
    var loser =
        (dev.culvert.core.rib.RouteDetail.Bgp) branch.candidate("192.168.9.0/24", hub).detail();
    assertThat(loser.inactiveReason()).isEqualTo("AS path");
    assertThat(branch.candidate("192.168.9.0/24", hub).rank()).isEqualTo(1);

    third.revoke("192.168.9.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.detail("192.168.9.0/24").asPath()).hasToString("65002 65004");
    assertThat(branch.detail("192.168.9.0/24").inactiveReason()).isNull();
  }

  @Test
  void aRouteWhoseNextHopDoesNotResolveIsHiddenAndNotAbsent() {
    establish();
    branch.resolve(hub.address, null);
    hub.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.active("192.168.2.0/24")).isNull();
    assertThat(branch.candidate("192.168.2.0/24", hub)).as("offered all the same").isNotNull();
    assertThat(branch.neighbor(hub).prefixes().accepted()).isEqualTo(1);
    assertThat(branch.engine.receivedRoutes(hub.address).getFirst().hiddenReason())
        .isEqualTo("next hop unreachable: 10.0.0.2");

    branch.resolve(hub.address, new NextHopState(5));
    assertThat(branch.active("192.168.2.0/24")).isNotNull();
    assertThat(branch.engine.receivedRoutes(hub.address).getFirst().hiddenReason()).isNull();

    branch.resolve(hub.address, null);
    assertThat(branch.active("192.168.2.0/24")).isNull();
    hub.revoke("192.168.2.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.candidate("192.168.2.0/24", hub)).isNull();
    assertThat(branch.tracked).isEmpty();
  }

  @Test
  void aPathWithoutANextHopIsNoneOfThoseThatAreCompared() {
    LabRouter third = lab.router("third", "10.0.0.3", 65003);
    branch.configure(branch.peer(hub), branch.peer(third));
    hub.configure(exportingStatic(hub, branch));
    third.configure(exportingStatic(third, branch));
    hub.originate("192.168.2.0/24");
    third.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.detail("192.168.2.0/24").peer()).isEqualTo(hub.address);

    branch.resolve(hub.address, null);
    assertThat(branch.detail("192.168.2.0/24").peer()).isEqualTo(third.address);
    assertThat(branch.detail("192.168.2.0/24").inactiveReason()).isNull();
    assertThat(branch.candidate("192.168.2.0/24", hub).rank()).isEqualTo(1);

    branch.resolve(hub.address, new NextHopState(0));
    assertThat(branch.detail("192.168.2.0/24").peer()).isEqualTo(hub.address);
  }

  @Test
  void whatIsNotTakenInIsListedWithItsReason() {
    var peer = exportingStatic(branch, hub);
    branch.configure(
        peer.withRoutes(
            peer.routes()
                .withImports(
                    PolicyChain.of(
                        "", "from { route-filter 192.168.2.0/24 exact; } then reject;"))));
    hub.configure(exportingStatic(hub, branch));
    hub.originate("192.168.2.0/24", "192.168.3.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.engine.receivedRoutes(hub.address))
        .extracting(PeerRoute::hiddenReason)
        .containsExactly("rejected by import policy", null);
  }

  @Test
  void onlyChangesReachTheRoutingTable() {
    establish();
    hub.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    long updates = branch.routeUpdates;
    branch.handle(new BgpEvent.ClearNeighbor(hub.address, true));
    lab.runFor(SETTLE);
    assertThat(hub.neighbor(branch).input().refreshes()).isEqualTo(1);
    assertThat(branch.neighbor(hub).input().updates()).isGreaterThan(2);
    assertThat(branch.routeUpdates).isEqualTo(updates);
  }

  @Test
  void aHardClearRestartsTheSession() {
    establish();
    branch.handle(new BgpEvent.ClearNeighbor(null, false));
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    lab.runFor(SETTLE);
    assertEstablished();
    assertThat(hub.neighbor(branch).lastError()).isEqualTo("Cease: administrative reset");
  }

  @Test
  void aConnectionIsKnownAsLongAsItsSessionHoldsIt() {
    establish();
    for (int i = 0; i < 20; i++) {
      branch.handle(new BgpEvent.ClearNeighbor(null, false));
      lab.runFor(SETTLE);
    }
    // The hub lets a neighbor rest that comes and goes.
    lab.runFor(Duration.ofMinutes(5));
    assertEstablished();
    // One that stands, and at most one more that is being made.
    assertThat(branch.engine.connections()).isBetween(1, 2);
    assertThat(hub.engine.connections()).isBetween(1, 2);
    branch.handle(new BgpEvent.ShutDown());
    lab.runFor(SETTLE);
    assertThat(branch.engine.connections()).isZero();
  }

  @Test
  void lostLivenessEndsTheSessionWithoutWaitingForTheHoldTime() {
    LivenessConfig bfd = new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3);
    branch.configure(branch.peer(hub).withLiveness(bfd));
    hub.configure(hub.peer(branch));
    lab.runFor(SETTLE);
    LivenessTarget target =
        new LivenessTarget(InterfaceName.of("eth0.0"), branch.address, hub.address);
    assertThat(branch.actions).contains(new BgpAction.WatchNeighbor(target, bfd));
    branch.handle(new BgpEvent.LivenessUp(target));
    assertThat(branch.neighbor(hub).liveness()).isEqualTo("enabled, up");
    branch.handle(new BgpEvent.LivenessLost(target));
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    assertThat(branch.neighbor(hub).lastError()).isEqualTo("Cease: bfd down");
    assertThat(branch.actions).contains(new BgpAction.UnwatchNeighbor(target));
  }

  @Test
  void aChangeOfPoliciesLeavesTheLivenessSessionAlone() {
    LivenessConfig bfd = new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3);
    branch.configure(branch.peer(hub).withLiveness(bfd));
    hub.configure(hub.peer(branch));
    lab.runFor(SETTLE);
    branch.actions.clear();

    branch.configure(
        branch.peer(hub).withLiveness(bfd).withRoutes(exportingStatic(branch, hub).routes()));
    assertThat(branch.actions)
        .noneMatch(a -> a instanceof BgpAction.UnwatchNeighbor)
        .noneMatch(a -> a instanceof BgpAction.WatchNeighbor);

    LivenessConfig slower = new LivenessConfig(Duration.ofMillis(80), Duration.ofMillis(80), 3);
    branch.configure(branch.peer(hub).withLiveness(slower));
    assertThat(branch.actions)
        .anyMatch(a -> a instanceof BgpAction.WatchNeighbor w && w.config().equals(slower));
  }

  @Test
  void aPeerThatBfdCannotWatchIsNamed() {
    LivenessConfig bfd = new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3);
    LabRouter far = lab.router("far", "10.0.0.3", 65001);
    branch.handle(
        new BgpEvent.InterfacesChanged(
            new InterfaceChanges(List.of(), List.of(InterfaceName.of("eth0.0")))));
    branch.configure(branch.peer(far).withLiveness(bfd));
    far.configure(far.peer(branch));
    lab.runFor(SETTLE);

    assertThat(branch.neighbor(far).isEstablished()).isTrue();
    assertThat(branch.notices).anyMatch(n -> n.tag().equals("BGP_BFD_UNAVAILABLE"));
    assertThat(branch.actions).noneMatch(a -> a instanceof BgpAction.WatchNeighbor);
  }

  @Test
  void anExternalPeerOffTheSubnetStaysIdleWithAReason() {
    branch.configure(branch.peer(dev.culvert.core.net.Ipv4Address.of("172.16.0.1"), 65002));
    lab.runFor(SETTLE);
    BgpNeighbor view = branch.engine.neighbors().getFirst();
    assertThat(view.state()).isEqualTo(SessionState.IDLE);
    assertThat(view.idleReason()).contains("no connected subnet");
    assertThat(branch.actions).noneMatch(a -> a instanceof BgpAction.Connect);
  }

  @Test
  void aLostInterfaceEndsTheExternalSessionAtOnceAndItReturnsWithIt() {
    establish();
    branch.interfaceUp(false);
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    branch.interfaceUp(true);
    lab.runFor(SETTLE);
    assertEstablished();
  }

  @Test
  void itListensOnlyWhereItsPeersMayConnectTo() {
    Ipv4Address loopback = Ipv4Address.of("10.255.0.1");
    Ipv4Address elsewhere = Ipv4Address.of("192.168.77.1");
    branch.interfaces(
        new InterfaceAddress(branch.address, 24),
        new InterfaceAddress(elsewhere, 24),
        new InterfaceAddress(loopback, 32));
    assertThat(branch.listening().addresses()).as("no peer").isEmpty();

    branch.configure(branch.peer(hub));
    assertThat(branch.listening().addresses()).containsExactly(branch.address);

    var local = branch.peer(hub);
    branch.configure(local.withSession(local.session().withLocalAddress(branch.address)));
    assertThat(branch.listening().addresses()).containsExactly(branch.address);

    var far = branch.peer(Ipv4Address.of("10.255.0.9"), 65001);
    branch.configure(far.withSession(far.session().withLocalAddress(loopback)));
    assertThat(branch.listening().addresses()).containsExactly(loopback);

    branch.configure(far);
    assertThat(branch.listening().addresses())
        .as("reached by routes, and by whichever address")
        .containsExactly(branch.address, loopback, elsewhere);

    branch.configure(far.withSession(far.session().withLocalAddress(loopback)));
    branch.interfaces(new InterfaceAddress(branch.address, 24));
    assertThat(branch.listening().addresses()).as("the address is gone").isEmpty();

    branch.configure();
    assertThat(branch.listening()).isEqualTo(BgpAction.Listen.NOWHERE);
  }

  @Test
  void theSendHoldTimeIsTwiceALongHoldTime() {
    var peer = branch.peer(hub);
    branch.configure(
        peer.withSession(peer.session().withHoldTime(Duration.ofHours(1))),
        branch.peer(Ipv4Address.of("10.0.0.3"), 65003));
    assertThat(branch.listening().listeners())
        .extracting(Listener::sendHoldTime)
        .containsExactly(Duration.ofHours(2), Duration.ofMinutes(8));
  }

  @Test
  void whyAConnectionWasLostIsTold() {
    establish();
    lab.breakStreams();
    assertThat(branch.notices)
        .anySatisfy(notice ->
            assertThat(notice.toString())
                .contains("BGP_NBR_STATE", "from=Established", "reason=reset"));
  }

  @Test
  void aPeerThatSendsTooManyPrefixesIsCutOff() {
    var peer = branch.peer(hub);
    branch.configure(peer.withRoutes(peer.routes().withPrefixLimit(new PrefixLimit(2, true))));
    hub.configure(exportingStatic(hub, branch));
    hub.originate("192.168.2.0/24", "192.168.3.0/24");
    lab.runFor(SETTLE);
    assertThat(branch.neighbor(hub).isEstablished()).isTrue();
    hub.originate("192.168.4.0/24");
    lab.runFor(Duration.ofMillis(20));
    assertThat(branch.neighbor(hub).isEstablished()).isFalse();
    assertThat(branch.neighbor(hub).lastError()).isEqualTo("Cease: maximum prefixes reached");
    assertThat(branch.active("192.168.2.0/24")).isNull();
  }

  @Test
  void shuttingDownTellsThePeersAndStaysDown() {
    establish();
    branch.handle(new BgpEvent.ShutDown());
    lab.runFor(Duration.ofMinutes(5));
    assertThat(hub.neighbor(branch).lastError()).isEqualTo("Cease: administrative shutdown");
    assertThat(branch.neighbor(hub).state()).isEqualTo(SessionState.IDLE);
    assertThat(branch.engine.nextDeadline()).isNull();
    assertThat(
            branch.actions.stream().filter(a -> a instanceof BgpAction.Listen).toList().getLast())
        .isEqualTo(BgpAction.Listen.NOWHERE);
  }

  @Test
  void aRemovedPeerLeavesNothingBehind() {
    establish();
    hub.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    branch.configure();
    assertThat(branch.active("192.168.2.0/24")).isNull();
    assertThat(branch.engine.nextDeadline()).isNull();
    assertThat(branch.engine.neighbors()).isEmpty();
    lab.runFor(Duration.ofMillis(20));
    assertThat(hub.neighbor(branch).lastError()).isEqualTo("Cease: peer deconfigured");
  }

  @Test
  void theViewsShowWhatWasReceivedAndAdvertised() {
    establish();
    hub.originate("192.168.2.0/24");
    lab.runFor(SETTLE);
    var received = branch.engine.receivedRoutes(hub.address).getFirst();
    assertThat(received.asPath()).isEqualTo("65002 I");
    assertThat(received.nextHop()).isEqualTo("10.0.0.2");
    assertThat(received.active()).isTrue();
    assertThat(hub.engine.advertisedRoutes(branch.address).getFirst().nextHop()).isEqualTo("Self");
    assertThat(branch.engine.summary().table().totalPaths()).isEqualTo(1);
    assertThat(branch.engine.summary().downPeers()).isZero();
  }

  @Test
  void theSameSeedGivesTheSameActions() {
    assertThat(trace(5)).isEqualTo(trace(5));
  }

  private static List<BgpAction> trace(long seed) {
    BgpLab lab = new BgpLab(seed);
    LabRouter a = lab.router("a", "10.0.0.1", 65001);
    LabRouter b = lab.router("b", "10.0.0.2", 65002);
    a.configure(exportingStatic(a, b));
    b.configure(exportingStatic(b, a));
    a.originate("192.168.1.0/24");
    lab.runFor(Duration.ofMinutes(3));
    lab.cut();
    lab.runFor(Duration.ofMinutes(3));
    lab.heal();
    lab.runFor(Duration.ofMinutes(3));
    return a.actions;
  }
}
