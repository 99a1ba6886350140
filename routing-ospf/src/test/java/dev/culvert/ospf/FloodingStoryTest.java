package dev.culvert.ospf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.PlayedNeighbors.Player;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.packet.ExternalLsa;
import dev.culvert.ospf.packet.LinkStateAcknowledgment;
import dev.culvert.ospf.packet.LinkStateRequest;
import dev.culvert.ospf.packet.LinkStateUpdate;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import dev.culvert.ospf.packet.NetworkLsa;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The engine against a neighbor played by hand, packet by packet. */
class FloodingStoryTest {
  private static final RouterId SELF = PlayedNeighbors.SELF;
  private static final RouterId PEER = RouterId.of("10.0.0.2");
  private static final Ipv4Address PEER_ADDRESS = Ipv4Address.of("172.20.0.2");
  private static final LsaKey OWN = LsaKey.router(SELF);

  private final PlayedNeighbors network = new PlayedNeighbors(1);
  private final OspfEngine engine = network.engine;
  private final Player peer = network.player(0);

  @Test
  void anLsaIsAcknowledgedAfterAMomentAndADuplicateAtOnce() {
    Lsa lsa = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    peer.update(lsa);
    assertThat(peer.heard).isEmpty();
    network.passSeconds(2);
    assertThat(peer.heard(LinkStateAcknowledgment.class)).hasSize(1);
    peer.heard.clear();
    peer.update(lsa);
    assertThat(peer.heard(LinkStateAcknowledgment.class).getFirst().headers())
        .containsExactly(lsa.header());
  }

  @Test
  void anInstanceThatComesWithinMinLsArrivalIsDroppedWithoutAcknowledgment() {
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1));
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2));
    assertThat(header(LsaKey.router(PEER)).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER);
    network.passSeconds(1);
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2));
    assertThat(header(LsaKey.router(PEER)).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
  }

  /** RFC 2328 §13 (5)(a) speaks of copies received by flooding. */
  @Test
  void minLsArrivalDoesNotHoldUpTheSuccessorOfAnInstanceThatCameByRequest() {
    Lsa old = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    peer.describe(2000, old.header());
    assertThat(peer.heard(LinkStateRequest.class).getFirst().requests()).containsExactly(old.key());
    peer.update(old);
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2));
    assertThat(header(LsaKey.router(PEER)).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
  }

  /** Two tunnels to two neighbors exchange at once, and one of them floods what is asked for. */
  @Test
  void minLsArrivalDoesNotHoldUpAnInstanceThatWasAskedFor() {
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1));
    Lsa wanted = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1, 2);
    peer.describe(2000, wanted.header());
    peer.update(wanted);
    assertThat(header(wanted.key()).sequenceNumber())
        .isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 1);
    assertThat(peer.state()).contains(NeighborState.FULL);
  }

  @Test
  void anOldInstanceIsAnsweredWithTheOneInTheDatabase() {
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 5, 1));
    network.passSeconds(2);
    peer.heard.clear();
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 2, 1));
    assertThat(
            peer.heard(LinkStateUpdate.class)
                .getFirst()
                .lsas()
                .getFirst()
                .header()
                .sequenceNumber())
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
    peer.update(new Lsa(bad, good.content()));
    assertThat(database()).hasSize(1);
    assertThat(engine.statistics().receiveErrors()).containsEntry("LSA checksum failures", 1L);
  }

  @Test
  void anLsaOfMaxAgeForNothingInTheDatabaseIsAcknowledgedAndForgotten() {
    peer.update(peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1).withAge(LsaHeader.MAX_AGE));
    assertThat(peer.heard(LinkStateAcknowledgment.class)).hasSize(1);
    assertThat(database()).hasSize(1);
  }

  @Test
  void anLsaOfMaxAgeFlushesTheCopyOnceNobodyHasToAcknowledgeIt() {
    Lsa lsa = peerLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER, 1);
    peer.update(lsa);
    network.passSeconds(2);
    peer.update(lsa.withAge(LsaHeader.MAX_AGE));
    assertThat(database()).hasSize(1);
  }

  @Test
  void anUnacknowledgedLsaIsSentAgainEveryRetransmitIntervalUntilAcknowledged() {
    peer.update(ownLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 40));
    network.passSeconds(1);
    peer.heard.clear();
    network.passSeconds(5);
    network.passSeconds(5);
    assertThat(peer.heard(LinkStateUpdate.class)).hasSizeGreaterThanOrEqualTo(2);
    peer.acknowledgeAll();
    peer.heard.clear();
    network.passSeconds(30);
    assertThat(peer.heard(LinkStateUpdate.class)).isEmpty();
    assertThat(engine.statistics().retransmitEntries()).isZero();
  }

  @Test
  void aNewerCopyOfOurOwnLsaIsOutbid() {
    peer.update(ownLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 40));
    network.passSeconds(6);
    assertThat(header(OWN).sequenceNumber()).isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER + 41);
  }

  @Test
  void aCopyOfMaxAgeOfAnLsaWeWantIsOutbidThoughItLeavesTheDatabaseAtOnce() {
    peer.update(ownLsa(LsaHeader.INITIAL_SEQUENCE_NUMBER + 40).withAge(LsaHeader.MAX_AGE));
    network.passSeconds(6);
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
    peer.update(stray);
    assertThat(peer.heard(LinkStateUpdate.class).getFirst().lsas().getFirst().header().isMaxAge())
        .isTrue();
    peer.acknowledgeAll();
    assertThat(database()).hasSize(1);
  }

  @Test
  void afterTheLastSequenceNumberTheLsaIsFlushedAndBeginsAgain() {
    peer.update(ownLsa(LsaHeader.MAX_SEQUENCE_NUMBER));
    network.passSeconds(6);
    assertThat(header(OWN).isMaxAge()).isTrue();
    peer.acknowledgeAll();
    network.passSeconds(6);
    assertThat(header(OWN).sequenceNumber()).isEqualTo(LsaHeader.INITIAL_SEQUENCE_NUMBER);
    assertThat(header(OWN).isMaxAge()).isFalse();
  }

  @Test
  void anExternalThatIsToBeForwardedByWayOfUsMakesNoRoute() {
    Link toUs = new Link(LinkType.POINT_TO_POINT, new Ipv4Address(SELF.bits()), PEER_ADDRESS, 1);
    peer.update(
        Lsa.originate(
            LsaType.ROUTER,
            new Ipv4Address(PEER.bits()),
            PEER,
            2,
            LsaHeader.INITIAL_SEQUENCE_NUMBER,
            new RouterLsa(RouterLsa.AS_BOUNDARY_ROUTER, List.of(toUs)).encode()));
    peer.update(external("10.8.0.0", PEER_ADDRESS));
    peer.update(external("10.9.0.0", Ipv4Address.of("172.20.0.1")));
    network.passSeconds(6);

    assertThat(network.routes).contains("10.8.0.0/16").doesNotContain("10.9.0.0/16");
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
    peer.send(new LinkStateRequest(List.of(LsaKey.router(RouterId.of("9.9.9.9")))));
    assertThat(peer.state()).contains(NeighborState.EX_START);
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

  private LsaHeader header(LsaKey key) {
    return network.stored(key).orElseThrow();
  }

  private List<LsaHeader> database() {
    return engine.database(network.now).stream().map(OspfDatabaseEntry::header).toList();
  }
}
