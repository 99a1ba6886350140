package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.PeerType;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.MessageDecoder;
import dev.culvert.bgp.message.MessageOutcome;
import dev.culvert.bgp.message.NotificationMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.RouteRefreshMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.wire.Octets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hand-driven peer of AS 65002 that knows no capabilities (RFC 6793: an OLD BGP speaker). */
class OldSpeakerStoryTest {
  private static final ConnectionId CONNECTION = new ConnectionId(-1);
  private static final String MARKER = "ffffffffffffffffffffffffffffffff";
  private static final AttributeContext TWO_OCTETS = new AttributeContext(false, true);

  private final BgpLab lab = new BgpLab(3);
  private final LabRouter router = lab.router("router", "10.0.0.1", 4200000001L);

  @BeforeEach
  void theOldSpeakerConnects() {
    PeerConfig peer =
        PeerConfig.of(
            "old",
            dev.culvert.core.net.Ipv4Address.of("10.0.0.2"),
            SessionConfig.of(PeerType.EXTERNAL, 65002).withPassive(true));
    router.configure(
        peer.withRoutes(
            peer.routes().withExports(PolicyChain.of("", "from protocol static; then accept;"))));
    router.handle(
        new BgpEvent.TransportOpened(
            CONNECTION,
            new Endpoint(router.address, 179),
            new Endpoint(peer.address(), 50000),
            true));
  }

  private void establish() {
    receive(OpenMessage.of(65002, 30, RouterId.of("10.0.0.2")).encode());
    receive(new KeepAliveMessage().encode());
  }

  private void receive(Octets message) {
    router.handle(new BgpEvent.MessageReceived(CONNECTION, message));
  }

  private List<MessageOutcome> sent() {
    List<MessageOutcome> outcomes = new ArrayList<>();
    for (BgpAction action : router.actions) {
      if (action instanceof BgpAction.SendMessage(ConnectionId to, Octets message)
          && to.equals(CONNECTION)) {
        outcomes.add(MessageDecoder.decode(message, TWO_OCTETS));
      }
    }
    return outcomes;
  }

  private UpdateMessage lastUpdate() {
    return sent().stream()
        .filter(MessageOutcome.ValidUpdate.class::isInstance)
        .map(o -> ((MessageOutcome.ValidUpdate) o).update())
        .filter(u -> !u.isEndOfRib())
        .toList()
        .getLast();
  }

  private NotificationMessage lastNotification() {
    return (NotificationMessage) ((MessageOutcome.Valid) sent().getLast()).message();
  }

  @Test
  void ourOpenClaimsAsTransAndTheRealNumberAsACapability() {
    OpenMessage open = (OpenMessage) ((MessageOutcome.Valid) sent().getFirst()).message();
    assertThat(open.myAutonomousSystem()).isEqualTo(AsPath.AS_TRANS);
    assertThat(open.asNumber()).isEqualTo(4200000001L);
  }

  @Test
  void whatItIsSentCarriesAs4PathBesideAsTrans() {
    establish();
    router.originate("192.168.1.0/24");
    assertThat(lastUpdate().announcements().getFirst().attributes().asPath())
        .isEqualTo(AsPath.sequence(4200000001L));
    assertThat(router.actions.toString())
        .contains("40020402015ba0") // AS_PATH: AS_TRANS in two octets
        .contains("c011060201fa56ea01"); // AS4_PATH: 4200000001
  }

  @Test
  void theAs4PathItPassesOnIsPutTogetherAgain() {
    establish();
    // AS_PATH 65002 AS_TRANS, AS4_PATH 4200000009, NEXT_HOP 10.0.0.2, 192.0.2.0/24.
    receive(
        Octets.ofHex(
            MARKER
                + "0038 02 0000 001d 40010100 400206 0202fdea5ba0 400304 0a000002"
                + "c011060201fa56ea09 18c00002"));
    assertThat(router.detail("192.0.2.0/24").asPath()).hasToString("65002 4200000009");
  }

  @Test
  void aRouteRefreshMakesUsSendEverythingAgain() {
    establish();
    router.originate("192.168.1.0/24", "192.168.2.0/24");
    router.actions.clear();
    receive(RouteRefreshMessage.ipv4Unicast().encode());
    assertThat(lastUpdate().announcements().getFirst().prefixes())
        .containsExactlyInAnyOrder(
            Ipv4Prefix.of("192.168.1.0/24"), Ipv4Prefix.of("192.168.2.0/24"));
  }

  @Test
  void routesWithTheSameAttributesShareOneUpdate() {
    router.originate("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24");
    establish();
    assertThat(lastUpdate().announcements().getFirst().prefixes()).hasSize(3);
    assertThat(sent().stream().filter(MessageOutcome.ValidUpdate.class::isInstance)).hasSize(2);
  }

  @Test
  void keepalivesGoOutAtAThirdOfTheLowerHoldTime() {
    establish();
    router.actions.clear();
    for (int second = 0; second < 60; second += 10) {
      lab.runFor(Duration.ofSeconds(10));
      receive(new KeepAliveMessage().encode());
    }
    // Every 7.5 to 10 s by jitter.
    assertThat(sent().size()).isBetween(6, 8);
    lab.runFor(Duration.ofSeconds(31));
    assertThat(lastNotification().code()).isEqualTo(4);
  }

  @Test
  void anUpdateBeforeEstablishedIsAnFsmError() {
    receive(OpenMessage.of(65002, 30, RouterId.of("10.0.0.2")).encode());
    receive(UpdateMessage.END_OF_RIB.encode());
    assertThat(lastNotification().code()).isEqualTo(5);
    assertThat(lastNotification().subcode()).isEqualTo(2);
    assertThat(router.actions).contains(new BgpAction.CloseTransport(CONNECTION));
  }

  @Test
  void anOpenThatCannotBeAcceptedIsAnsweredWithTheReason() {
    receive(OpenMessage.of(65002, 2, RouterId.of("10.0.0.2")).encode());
    assertThat(lastNotification().subcode()).isEqualTo(6);
  }

  @Test
  void aMalformedUpdateCostsItsRoutesButNotTheSession() {
    establish();
    // AS_PATH 65002, NEXT_HOP 10.0.0.2, then the same with ORIGIN 9.
    String rest = "400204 0201fdea 4003040a000002 18c00002";
    receive(Octets.ofHex(MARKER + "002d 02 0000 0012 40010100" + rest));
    assertThat(router.active("192.0.2.0/24")).isNotNull();
    receive(Octets.ofHex(MARKER + "002d 02 0000 0012 40010109" + rest));
    assertThat(router.active("192.0.2.0/24")).isNull();
    assertThat(router.engine.neighbors().getFirst().isEstablished()).isTrue();
    assertThat(router.engine.neighbors().getFirst().errors().treatedAsWithdraw()).isEqualTo(1);
  }
}
