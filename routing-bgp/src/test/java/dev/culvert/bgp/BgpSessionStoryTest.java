package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.config.PolicyChain;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.session.SessionState;
import java.time.Duration;
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
    return peer.withRoutes(peer.routes().withExports(PolicyChain.of(TestPolicies.acceptStatic())));
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
    assertThat(hub.detail("192.168.1.0/24").asPath()).isEqualTo("65001");
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
}
