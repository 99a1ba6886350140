package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.PeerType;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.bgp.message.Capability;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.message.UpdateMessage;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Origin;
import dev.culvert.core.wire.Octets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our addresses come and go: routes whose next hop that concerns are looked at, and no others. */
class AddressChangeStoryTest {
  private static final ConnectionId CONNECTION = new ConnectionId(-7);
  private static final long OWN_AS = 65001;
  private static final long PEER_AS = 65002;
  private static final InterfaceAddress FIRST = InterfaceAddress.of("10.0.0.1/24");
  private static final InterfaceAddress SECOND = InterfaceAddress.of("10.9.0.1/24");

  private final BgpLab lab = new BgpLab(3);
  private final LabRouter router = lab.router("router", "10.0.0.1", OWN_AS);

  @BeforeEach
  void established() {
    PeerConfig peer =
        PeerConfig.of(
            "peers",
            Ipv4Address.of("10.0.0.2"),
            SessionConfig.of(PeerType.EXTERNAL, PEER_AS).withPassive(true));
    router.configure(peer);
    router.handle(
        new BgpEvent.TransportOpened(
            CONNECTION,
            new Endpoint(router.address, 179),
            new Endpoint(peer.address(), 50000),
            true));
    receive(
        OpenMessage.of(
                PEER_AS,
                90,
                RouterId.of("10.0.0.2"),
                Capability.Multiprotocol.IPV4_UNICAST,
                new Capability.FourOctetAs(PEER_AS))
            .encode());
    receive(new KeepAliveMessage().encode());
  }

  /** Each look at a route that has been here counts a loop. */
  @ParameterizedTest
  @ValueSource(ints = {10, 2_000})
  void anAddressThatIsNoNextHopHasNoRouteLookedAtAgain(int routes) {
    announce("10.0.0.2", AsPath.sequence(PEER_AS, OWN_AS), routes);
    assertThat(looks()).isEqualTo(routes);

    router.interfaces(FIRST, SECOND);
    router.interfaces(FIRST, SECOND, InterfaceAddress.of("10.0.0.77/24"));
    router.interfaces(FIRST);
    assertThat(looks()).isEqualTo(routes);

    announceOne("10.0.0.9", "192.168.77.0/24", AsPath.sequence(PEER_AS, OWN_AS));
    router.interfaces(FIRST, InterfaceAddress.of("10.0.0.9/24"));
    assertThat(looks()).isEqualTo(routes + 2);
  }

  @Test
  void aNextHopThatBecomesOursIsUsableNoMoreUntilItCeasesToBe() {
    announceOne("10.0.0.9", "192.168.1.0/24", AsPath.sequence(PEER_AS));
    announceOne("10.0.0.2", "192.168.2.0/24", AsPath.sequence(PEER_AS));
    assertThat(offered()).containsExactly("192.168.1.0/24", "192.168.2.0/24");

    router.interfaces(FIRST, InterfaceAddress.of("10.0.0.9/24"));
    assertThat(offered()).containsExactly("192.168.2.0/24");
    router.interfaces(FIRST);
    assertThat(offered()).containsExactly("192.168.1.0/24", "192.168.2.0/24");
  }

  @Test
  void aNextHopIsUsableWhileItsSubnetIsOurs() {
    announceOne("10.9.0.5", "192.168.1.0/24", AsPath.sequence(PEER_AS));
    assertThat(offered()).isEmpty();
    router.interfaces(FIRST, SECOND);
    assertThat(offered()).containsExactly("192.168.1.0/24");
    router.interfaces(FIRST);
    assertThat(offered()).isEmpty();
  }

  private List<String> offered() {
    List<String> prefixes = new ArrayList<>();
    router.candidates.forEach((prefix, routes) -> {
      if (!routes.isEmpty()) {
        prefixes.add(prefix.toString());
      }
    });
    return prefixes;
  }

  private long looks() {
    return router.engine.neighbors().getFirst().errors().loopsRejected();
  }

  private void announce(String nextHop, AsPath path, int routes) {
    for (int i = 0; i < routes; i++) {
      announceOne(nextHop, "172.16." + (i / 256) + "." + (i % 256) + "/32", path);
    }
  }

  private void announceOne(String nextHop, String prefix, AsPath path) {
    PathAttributes attributes =
        new PathAttributes.Builder()
            .origin(Origin.IGP)
            .asPath(path)
            .nextHop(Ipv4Address.of(nextHop))
            .build();
    UpdateMessage.Announcement announcement =
        new UpdateMessage.Announcement(attributes, List.of(Ipv4Prefix.of(prefix)));
    receive(new UpdateMessage(List.of(), List.of(announcement)).encode());
  }

  private void receive(Octets message) {
    router.handle(new BgpEvent.MessageReceived(CONNECTION, message));
  }
}
