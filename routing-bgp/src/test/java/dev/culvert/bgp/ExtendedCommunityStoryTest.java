package dev.culvert.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.AttributeContext;
import dev.culvert.bgp.attribute.RawAttribute;
import dev.culvert.bgp.message.KeepAliveMessage;
import dev.culvert.bgp.message.MessageDecoder;
import dev.culvert.bgp.message.MessageOutcome;
import dev.culvert.bgp.message.OpenMessage;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Octets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A router of AS 65001 between an internal and an external peer, both driven by hand. */
class ExtendedCommunityStoryTest {
  private static final ConnectionId INSIDE = new ConnectionId(-1);
  private static final ConnectionId OUTSIDE = new ConnectionId(-2);
  private static final String MARKER = "ffffffffffffffffffffffffffffffff";

  /** Link bandwidth without the transitive bit; a route target of AS 65001. */
  private static final String NON_TRANSITIVE = "4004fde900000001";

  private static final String TRANSITIVE = "0002fde900000001";

  private final LabRouter router = new BgpLab(3).router("router", "10.0.0.1", 65001);

  @BeforeEach
  void bothSessionsAreEstablished() {
    Ipv4Address inside = Ipv4Address.of("10.0.0.2");
    Ipv4Address outside = Ipv4Address.of("10.0.0.3");
    router.configure(router.peer(inside, 65001), router.peer(outside, 65003));
    establish(INSIDE, inside, 65001);
    establish(OUTSIDE, outside, 65003);
  }

  private void establish(ConnectionId connection, Ipv4Address peer, long asNumber) {
    router.handle(
        new BgpEvent.TransportOpened(
            connection, new Endpoint(router.address, 179), new Endpoint(peer, 50000), true));
    receive(connection, OpenMessage.of(asNumber, 30, new RouterId(peer.bits())).encode());
    receive(connection, new KeepAliveMessage().encode());
  }

  @Test
  void nonTransitiveOnesStayInsideTheAs() {
    receiveFromInside("0043", "0028", "c01010" + NON_TRANSITIVE + TRANSITIVE);

    assertThat(othersSentTo(OUTSIDE))
        .containsExactly(new RawAttribute(false, 16, Octets.ofHex(TRANSITIVE)));
  }

  @Test
  void theAttributeGoesWithTheLastOfThem() {
    receiveFromInside("003b", "0020", "c01008" + NON_TRANSITIVE);

    assertThat(othersSentTo(OUTSIDE)).isEmpty();
  }

  @Test
  void internalPeersGetThemAll() {
    // ORIGIN, AS_PATH 65003, NEXT_HOP 10.0.0.3, EXTENDED_COMMUNITIES; 192.0.2.0/24.
    receive(
        OUTSIDE,
        Octets.ofHex(
            MARKER
                + "0040 02 0000 0025 40010100 4002040201fdeb 4003040a000003 c01010"
                + (NON_TRANSITIVE + TRANSITIVE)
                + "18c00002"));

    assertThat(othersSentTo(INSIDE))
        .containsExactly(new RawAttribute(false, 16, Octets.ofHex(NON_TRANSITIVE + TRANSITIVE)));
  }

  /** ORIGIN, an empty AS_PATH, NEXT_HOP 10.0.0.2, LOCAL_PREF 100 and that; 192.0.2.0/24. */
  private void receiveFromInside(String length, String attributesLength, String attribute) {
    receive(
        INSIDE,
        Octets.ofHex(
            MARKER
                + (length + "02 0000" + attributesLength)
                + "40010100 400200 4003040a000002 40050400000064"
                + (attribute + "18c00002")));
  }

  private void receive(ConnectionId connection, Octets message) {
    router.handle(new BgpEvent.MessageReceived(connection, message));
  }

  /** The attributes carried through in the last UPDATE with routes. */
  private List<RawAttribute> othersSentTo(ConnectionId connection) {
    AttributeContext context = new AttributeContext(false, connection.equals(OUTSIDE));
    return router.actions.stream()
        .filter(BgpAction.SendMessage.class::isInstance)
        .map(BgpAction.SendMessage.class::cast)
        .filter(sent -> sent.connection().equals(connection))
        .map(sent -> MessageDecoder.decode(sent.message(), context))
        .filter(MessageOutcome.ValidUpdate.class::isInstance)
        .map(outcome -> ((MessageOutcome.ValidUpdate) outcome).update())
        .filter(update -> !update.announcements().isEmpty())
        .toList()
        .getLast()
        .announcements()
        .getFirst()
        .attributes()
        .others();
  }
}
