package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.config.OspfAuthentication;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.DatabaseDescription;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.Hello;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import dev.culvert.ospf.packet.NetworkLsa;
import dev.culvert.ospf.packet.OspfPacket;
import dev.culvert.ospf.packet.PacketAuthentication;
import dev.culvert.ospf.packet.RawPacket;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The engine against a neighbor played by hand, packet by packet. */
class FloodingStoryTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final RouterId SELF = RouterId.of("10.0.0.1");
  private static final RouterId PEER = RouterId.of("10.0.0.2");
  private static final Ipv4Address PEER_ADDRESS = Ipv4Address.of("172.20.0.2");
  private static final LsaKey OWN = LsaKey.router(SELF);

  private final OspfEngine engine = new OspfEngine(new Random(1));
  private final List<OspfPacket> sent = new ArrayList<>();
  private final List<String> routes = new ArrayList<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @BeforeEach
  void becomeFullyAdjacent() {
    handle(new OspfEvent.ConfigurationCommitted(OspfConfig.of(SELF, OspfInterfaceConfig.of(ST0))));
    handle(
        new OspfEvent.InterfaceChanged(
            new InterfaceState(
                ST0, 3, true, true, false, 1400, List.of(InterfaceAddress.of("172.20.0.1/30")))));
    hello();
    // Ours is the lower router id, so the peer is master.
    send(description(true, true, 1000));
    send(description(false, false, 1001));
    send(new LinkStateRequest(List.of(OWN)));
    passSeconds(6);
    acknowledgeAll();
    assertThat(engine.neighbors(now).getFirst().state()).isEqualTo(NeighborState.FULL);
    sent.clear();
  }

  @Test
  void anLsaIsAcknowledgedAfterAMomentAndADuplicateAtOnce() {
    Lsa lsa = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    send(update(lsa));
    assertThat(sent).isEmpty();
    passSeconds(2);
    assertThat(sent(LinkStateAcknowledgment.class)).hasSize(1);
    sent.clear();
    send(update(lsa));
    assertThat(sent(LinkStateAcknowledgment.class).getFirst().headers())
        .containsExactly(lsa.header());
  }

  @Test
  void anInstanceThatComesWithinMinLsArrivalIsDroppedWithoutAcknowledgment() {
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1)));
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2)));
    assertThat(header(LsaKey.router(PEER)).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER);
    passSeconds(1);
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2)));
    assertThat(header(LsaKey.router(PEER)).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
  }

  /** RFC 2328 §13 (5)(a) speaks of copies received by flooding. */
  @Test
  void minLsArrivalDoesNotHoldUpTheSuccessorOfAnInstanceThatCameByRequest() {
    Lsa old = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    // The first starts the exchange over, as with a neighbor that restarted.
    send(description(true, true, 2000));
    send(description(true, true, 2000));
    send(description(false, false, 2001, old.header()));
    assertThat(sent(LinkStateRequest.class).getFirst().requests()).containsExactly(old.key());
    send(update(old));
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2)));
    assertThat(header(LsaKey.router(PEER)).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
  }

  /** Two tunnels to two neighbors exchange at once, and one of them floods what is asked for. */
  @Test
  void minLsArrivalDoesNotHoldUpAnInstanceThatWasAskedFor() {
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1)));
    Lsa wanted = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2);
    send(description(true, true, 2000));
    send(description(true, true, 2000));
    send(description(false, false, 2001, wanted.header()));
    send(update(wanted));
    assertThat(header(wanted.key()).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
    assertThat(engine.neighbors(now).getFirst().state()).isEqualTo(NeighborState.FULL);
  }

  @Test
  void anOldInstanceIsAnsweredWithTheOneInTheDatabase() {
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 5, 1)));
    passSeconds(2);
    sent.clear();
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 2, 1)));
    assertThat(sent(LinkStateUpdate.class).getFirst().lsas().getFirst().header().sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 5);
  }

  @Test
  void anLsaWithABrokenChecksumIsDiscardedAndCounted() {
    Lsa good = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    LsaHeader h = good.header();
    LsaHeader bad =
        new LsaHeader(
            h.age(),
            h.options(),
            h.type(),
            h.linkStateId(),
            h.advertisingRouter(),
            h.sequenceNumber(),
            h.checksum() ^ 1,
            h.length());
    send(update(new Lsa(bad, good.content())));
    assertThat(engine.database(now)).hasSize(1);
    assertThat(engine.statistics().receiveErrors()).containsEntry("LSA checksum failures", 1L);
  }

  @Test
  void anLsaThatCannotBeReadIsKeptAndAcknowledgedLikeAnyOther() {
    Lsa lsa = unreadable();
    send(update(lsa));
    passSeconds(2);

    assertThat(sent(LinkStateAcknowledgment.class).getFirst().headers())
        .containsExactly(lsa.header());
    assertThat(header(lsa.key()).sequenceNumber()).isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER);
    assertThat(engine.statistics().receiveErrors()).containsEntry("LSAs malformed", 1L);
    sent.clear();
    send(new LinkStateRequest(List.of(lsa.key())));
    assertThat(sent(LinkStateUpdate.class).getFirst().lsas().getFirst().content())
        .isEqualTo(lsa.content());
  }

  @Test
  void anLsaThatCannotBeReadDoesNotHoldUpAnAdjacency() {
    Lsa lsa = unreadable();
    send(description(true, true, 2000));
    send(description(true, true, 2000));
    send(description(false, false, 2001, lsa.header()));
    send(update(lsa));
    assertThat(engine.neighbors(now).getFirst().state()).isEqualTo(NeighborState.FULL);
  }

  @Test
  void anLsaOfMaxAgeForNothingInTheDatabaseIsAcknowledgedAndForgotten() {
    send(update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1).withAge(LsaHeader.MAX_AGE)));
    assertThat(sent(LinkStateAcknowledgment.class)).hasSize(1);
    assertThat(engine.database(now)).hasSize(1);
  }

  @Test
  void anLsaOfMaxAgeFlushesTheCopyOnceNobodyHasToAcknowledgeIt() {
    Lsa lsa = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    send(update(lsa));
    passSeconds(2);
    send(update(lsa.withAge(LsaHeader.MAX_AGE)));
    assertThat(engine.database(now)).hasSize(1);
  }

  @Test
  void anUnacknowledgedLsaIsSentAgainEveryRetransmitIntervalUntilAcknowledged() {
    send(update(ownLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 40)));
    passSeconds(1);
    sent.clear();
    passSeconds(5);
    passSeconds(5);
    assertThat(sent(LinkStateUpdate.class)).hasSizeGreaterThanOrEqualTo(2);
    acknowledgeAll();
    sent.clear();
    passSeconds(30);
    assertThat(sent(LinkStateUpdate.class)).isEmpty();
    assertThat(engine.statistics().retransmitEntries()).isZero();
  }

  @Test
  void aNewerCopyOfOurOwnLsaIsOutbid() {
    send(update(ownLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 40)));
    passSeconds(6);
    assertThat(header(OWN).sequenceNumber()).isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 41);
  }

  @Test
  void aCopyOfMaxAgeOfAnLsaWeWantIsOutbidThoughItLeavesTheDatabaseAtOnce() {
    send(update(ownLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 40).withAge(LsaHeader.MAX_AGE)));
    passSeconds(6);
    assertThat(header(OWN).sequenceNumber()).isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 41);
    assertThat(header(OWN).isMaxAge()).isFalse();
  }

  @Test
  void anLsaOfOursThatIsNotWantedIsFlushed() {
    Lsa stray =
        Lsa.originate(
            LsaType.NETWORK,
            Ipv4Address.of("192.0.2.1"),
            SELF,
            2,
            LsaHeader.INITIAL_SEQUENCE_NUMBER,
            new NetworkLsa(24, List.of(SELF, PEER)).encode());
    send(update(stray));
    assertThat(sent(LinkStateUpdate.class).getFirst().lsas().getFirst().header().isMaxAge())
        .isTrue();
    acknowledgeAll();
    assertThat(engine.database(now)).hasSize(1);
  }

  @Test
  void afterTheLastSequenceNumberTheLsaIsFlushedAndBeginsAgain() {
    send(update(ownLsa(LsaHeader.MAX_SEQUENCE_NUMBER)));
    passSeconds(6);
    assertThat(header(OWN).isMaxAge()).isTrue();
    acknowledgeAll();
    passSeconds(6);
    assertThat(header(OWN).sequenceNumber()).isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER);
    assertThat(header(OWN).isMaxAge()).isFalse();
  }

  @Test
  void anExternalThatIsToBeForwardedByWayOfUsMakesNoRoute() {
    Link toUs = new Link(LinkType.POINT_TO_POINT, new Ipv4Address(SELF.bits()), PEER_ADDRESS, 1);
    send(
        update(
            Lsa.originate(
                LsaType.ROUTER,
                new Ipv4Address(PEER.bits()),
                PEER,
                2,
                LsaHeader.INITIAL_SEQUENCE_NUMBER,
                new RouterLsa(RouterLsa.AS_BOUNDARY_ROUTER, List.of(toUs)).encode())));
    send(update(external("10.8.0.0", PEER_ADDRESS)));
    send(update(external("10.9.0.0", Ipv4Address.of("172.20.0.1"))));
    passSeconds(6);

    assertThat(routes).contains("10.8.0.0/16").doesNotContain("10.9.0.0/16");
  }

  private static Lsa external(String network, Ipv4Address forwardingAddress) {
    return Lsa.originate(
        LsaType.AS_EXTERNAL,
        Ipv4Address.of(network),
        PEER,
        2,
        LsaHeader.INITIAL_SEQUENCE_NUMBER,
        new ExternalLsa(16, true, 5, forwardingAddress, 0).encode());
  }

  @Test
  void aRequestForAnLsaThatIsNotThereStartsTheExchangeAfresh() {
    send(new LinkStateRequest(List.of(LsaKey.router(RouterId.of("9.9.9.9")))));
    assertThat(engine.neighbors(now).getFirst().state()).isEqualTo(NeighborState.EX_START);
  }

  private void hello() {
    send(
        new Hello(
            Ipv4Address.of("255.255.255.252"),
            10,
            2,
            1,
            40,
            Ipv4Address.ANY,
            Ipv4Address.ANY,
            List.of(SELF)));
  }

  private static DatabaseDescription description(
      boolean init, boolean more, int sequence, LsaHeader... headers) {
    return new DatabaseDescription(1400, 2, init, more, true, sequence, List.of(headers));
  }

  private static LinkStateUpdate update(Lsa lsa) {
    return new LinkStateUpdate(List.of(lsa));
  }

  private static Lsa peerLsa(int sequence, int flags) {
    return Lsa.originate(
        LsaType.ROUTER,
        new Ipv4Address(PEER.bits()),
        PEER,
        2,
        sequence,
        new RouterLsa(flags, List.of()).encode());
  }

  private static Lsa ownLsa(int sequence) {
    return Lsa.originate(
        LsaType.ROUTER,
        new Ipv4Address(SELF.bits()),
        SELF,
        2,
        sequence,
        new RouterLsa(0, List.of()).encode());
  }

  /** Its only link is of a type that does not exist. */
  private static Lsa unreadable() {
    return Lsa.originate(
        LsaType.ROUTER,
        new Ipv4Address(PEER.bits()),
        PEER,
        2,
        LsaHeader.INITIAL_SEQUENCE_NUMBER,
        Octets.ofHex("00000001 0a000003 ac140002 09000001".replace(" ", "")));
  }

  private LsaHeader header(LsaKey key) {
    return engine.database(now).stream()
        .map(e -> e.header())
        .filter(h -> h.key().equals(key))
        .findFirst()
        .orElseThrow();
  }

  private void acknowledgeAll() {
    List<LsaHeader> headers =
        sent(LinkStateUpdate.class).stream()
            .flatMap(u -> u.lsas().stream())
            .map(Lsa::header)
            .toList();
    send(new LinkStateAcknowledgment(headers));
  }

  private <P extends OspfPacket> List<P> sent(Class<P> type) {
    return sent.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private void send(OspfPacket packet) {
    handle(
        new OspfEvent.PacketReceived(
            ST0,
            PEER_ADDRESS,
            Ipv4Address.of("224.0.0.5"),
            PacketAuthentication.sign(
                packet.encode(PEER, AreaId.BACKBONE), OspfAuthentication.NONE, now)));
  }

  private void passSeconds(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now = now.plusSeconds(1);
      engine.advance(now, this::record);
      if (i % 5 == 0) {
        hello();
      }
    }
  }

  private void handle(OspfEvent event) {
    engine.handle(event, now, this::record);
  }

  private void record(OspfAction action) {
    if (action instanceof OspfAction.UpdateRoutes update) {
      update.updates().forEach(u -> routes.add(u.prefix().toString()));
    }
    if (action instanceof OspfAction.SendPacket packet
        && RawPacket.decode(packet.payload()) instanceof Decoded.Ok<RawPacket>(var raw)
        && OspfPacket.decode(raw) instanceof Decoded.Ok<OspfPacket>(var body)) {
      sent.add(body);
    }
  }
}
