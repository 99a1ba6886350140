package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.DataPathRig.range;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A unit of several peers, and peers of several policies: each packet goes to whom it is for. */
class ManyPeersTest {
  private static final IpPrefix SUBNET = IpPrefix.parse("10.9.0.0/24").orElseThrow();
  private static final TunnelSettings MULTIPOINT =
      new TunnelSettings(QueuesRig.MTU, 0, true, List.of(SUBNET));
  private static final Ipv4Address OUTSIDE = Ipv4Address.of(TestPackets.HOST_B);

  private QueuesRig rig = new QueuesRig(1);

  @AfterEach
  void close() {
    rig.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aPacketGoesToThePeerThatIsItsNextHop(int queues) {
    multipoint(queues);
    List<PeerCodec> peers = peers(4);
    for (int number = 0; number < 24; number++) {
      put(number % queues, number, number % 4);
    }
    rig.turnOutbound();

    for (int peer = 0; peer < 4; peer++) {
      assertThat(sentTo(peer, peers)).as("peer %d", peer).hasSize(6);
      int of = peer;
      assertThat(sentTo(peer, peers)).allMatch(number -> number % 4 == of);
    }
    assertThat(rig.counters().outboundPackets()).isEqualTo(24);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void whatIsForEverybodyGoesOnceToEachPeerThatIsUp(int queues) {
    multipoint(queues);
    List<PeerCodec> peers = peers(5);
    rig.dataPath.remove(sa(3, 0, 4).inboundSpi());
    for (int queue = 0; queue < queues; queue++) {
      put(queue, queue, PacketBatch.ALL_NEXT_HOPS);
    }
    rig.turnOutbound();

    for (int peer = 0; peer < 5; peer++) {
      assertThat(sentTo(peer, peers)).as("peer %d", peer).hasSize(peer == 3 ? 0 : queues);
    }
  }

  @Test
  void aCopyForEachPeerHasTheChecksumThatTheKernelLeftOpen() {
    multipoint(1);
    List<PeerCodec> peers = peers(3);
    byte[] packet = TestPackets.udp(Ip.v4(), 1, 2, new byte[] {1, 2, 3, 4});
    byte[] unfinished = packet.clone();
    InnerPacket parsed = TestPackets.parsed(packet);
    int pseudo = PacketMemory.fold(parsed.pseudoHeaderSum(parsed.memory(), packet.length - 20));
    ByteBuffer.wrap(unfinished).putShort(26, (short) pseudo);
    rig.devices
        .getFirst()
        .toRead
        .add(
            new InMemoryTun.Frame(unfinished, PacketBatch.GSO_NONE, 0, 20, 6)
                .by(PacketBatch.ALL_NEXT_HOPS));
    rig.turnOutbound();

    List<Octets> datagrams = rig.sockets.getFirst().drain();
    assertThat(datagrams).hasSize(3);
    for (int peer = 0; peer < 3; peer++) {
      assertThat(peers.get(peer).open(List.of(datagrams.get(peer))))
          .containsExactly(Octets.copyOf(packet));
    }
  }

  @Test
  void aPeerThatIsDownIsAskedForAndItsFirstPacketsWait() {
    multipoint(1);
    peers(1);
    put(0, 7, 2);
    rig.turnOutbound();

    assertThat(rig.notices)
        .singleElement()
        .isInstanceOfSatisfying(
            SaNotice.OutboundSaMissing.class, missing -> assertThat(missing.peer()).isEqualTo(2));
    PeerCodec late = rig.bringUp(sa(2, 0, 9));
    rig.turnOutbound();
    assertThat(late.open(rig.sockets.getFirst().drain())).hasSize(1);
  }

  @Test
  void packetsThatWaitForOnePeerAreNotKeptByTheComingOfOthers() {
    multipoint(1);
    put(0, 7, 2);
    rig.turnOutbound();
    for (int second = 0; second < 3; second++) {
      rig.nanoTime += 1_000_000_000L;
      rig.bringUp(sa(3 + second, 0, 10 + second));
      rig.turnOutbound();
    }
    rig.nanoTime += 1_000_000_000L;
    rig.bringUp(sa(2, 0, 9));
    rig.turnOutbound();

    assertThat(rig.sockets.getFirst().drain()).isEmpty();
    assertThat(rig.dropped(DropCause.NO_SA)).isEqualTo(1);
  }

  @Test
  void aNextHopThatNobodyIsIsCountedAndToldAtMostOnceASecond() {
    multipoint(1);
    peers(2);
    for (int number = 0; number < 50; number++) {
      put(0, number, PacketBatch.NO_NEXT_HOP);
    }
    rig.turnOutbound();

    assertThat(rig.dropped(DropCause.NO_NEXT_HOP_TUNNEL)).isEqualTo(50);
    assertThat(rig.notices)
        .containsExactly(new SaNotice.NextHopTunnelMissing(DataPathRig.TUNNEL, OUTSIDE));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPointToPointUnitOfSeveralPoliciesChoosesBySelectors(int queues) {
    rig.close();
    rig = new QueuesRig(queues);
    PeerCodec wide = rig.bringUp(sa(1, 0, 1));
    PeerCodec narrow =
        rig.bringUp(
            DataPathRig.sa()
                .of(1, 1)
                .number(2)
                .selectors(
                    TrafficSelector.ANY_IPV4,
                    range(0, 0, 65535, TestPackets.HOST_B, TestPackets.HOST_B))
                .build());
    for (int queue = 0; queue < queues; queue++) {
      rig.put(queue, queue);
      byte[] other = TestPackets.udp(new Ip("10.1.0.2", "10.7.0.1", 0, true, 7), 1, 2, new byte[9]);
      rig.devices.get(queue).toRead.add(InMemoryTun.Frame.whole(other));
    }
    rig.turnOutbound();

    List<Octets> datagrams = drain();
    assertThat(of(1, datagrams)).hasSize(queues);
    assertThat(of(2, datagrams)).hasSize(queues);
    wide.open(of(1, datagrams));
    narrow.open(of(2, datagrams));
    assertThat(rig.dropped(DropCause.SELECTOR)).isZero();
  }

  @Test
  void aPacketThatNoPolicyAdmitsIsDroppedAndItsPolicyAskedFor() {
    rig.bringUp(
        DataPathRig.sa()
            .of(1, 1)
            .selectors(TrafficSelector.ANY_IPV4, range(0, 0, 65535, "10.3.0.0", "10.3.0.9"))
            .build());
    rig.put(0, 1);
    rig.put(0, 2);
    rig.turnOutbound();

    assertThat(rig.dropped(DropCause.SELECTOR)).isEqualTo(2);
    assertThat(rig.notices)
        .containsExactly(
            new SaNotice.OutboundSaMissing(
                DataPathRig.TUNNEL,
                SaNotice.ANY_PEER,
                range(17, 1, 1, TestPackets.HOST_A, TestPackets.HOST_A),
                range(17, 2, 2, TestPackets.HOST_B, TestPackets.HOST_B)));
  }

  @Test
  void aSourceInsideTheSubnetIsToldOnceAsThePeersAddress() {
    multipoint(1);
    List<PeerCodec> peers = peers(2);
    receive(peers.get(0), "10.1.2.3");
    receive(peers.get(0), "10.9.0.5");
    receive(peers.get(0), "10.9.0.5");
    receive(peers.get(0), "10.9.0.77");
    receive(peers.get(1), "10.9.0.6");

    assertThat(rig.notices)
        .filteredOn(SaNotice.PeerAddressLearned.class::isInstance)
        .containsExactly(learned(0, "10.9.0.5"), learned(1, "10.9.0.6"));
    rig.nanoTime += InboundSa.LEARNED_GAP_NANOS;
    receive(peers.get(0), "10.9.0.77");
    assertThat(rig.notices).contains(learned(0, "10.9.0.77"));
  }

  private static SaNotice learned(int peer, String address) {
    return new SaNotice.PeerAddressLearned(DataPathRig.TUNNEL, peer, Ipv4Address.of(address));
  }

  private void receive(PeerCodec peer, String source) {
    byte[] packet = TestPackets.udp(new Ip(source, "10.1.0.2", 0, true, 7), 1, 2, new byte[40]);
    rig.sockets
        .getFirst()
        .toReceive
        .add(InMemoryPort.Message.of(DataPathRig.REMOTE, peer.sender.seal(Octets.wrap(packet))));
    rig.dataPath.turnInbound();
  }

  private void multipoint(int queues) {
    rig.close();
    rig = new QueuesRig(queues, MULTIPOINT);
    captured.clear();
  }

  /** That many, each with a pair of one queue. */
  private List<PeerCodec> peers(int count) {
    List<PeerCodec> peers = new ArrayList<>();
    for (int peer = 0; peer < count; peer++) {
      peers.add(rig.bringUp(sa(peer, 0, peer + 1)));
    }
    return peers;
  }

  private static ChildSa sa(int peer, int policy, int number) {
    return DataPathRig.sa().of(peer, policy).number(number).build();
  }

  private void put(int queue, int number, int nextHop) {
    rig.devices
        .get(queue)
        .toRead
        .add(InMemoryTun.Frame.whole(QueuesRig.numbered(number)).by(nextHop));
  }

  private final TreeMap<Integer, List<Integer>> captured = new TreeMap<>();

  /** The numbers of the packets that left for that peer. */
  private List<Integer> sentTo(int peer, List<PeerCodec> peers) {
    List<Octets> datagrams = drain();
    for (int other = 0; other < peers.size(); other++) {
      List<Integer> numbers =
          peers.get(other).open(of(other + 1, datagrams)).stream()
              .map(packet -> QueuesRig.number(packet.toByteArray()))
              .toList();
      captured.computeIfAbsent(other, o -> new ArrayList<>()).addAll(numbers);
    }
    return captured.getOrDefault(peer, List.of());
  }

  private List<Octets> drain() {
    return rig.sockets.stream().flatMap(socket -> socket.drain().stream()).toList();
  }

  /** Those of the pair of that number. */
  private static List<Octets> of(int number, List<Octets> datagrams) {
    return datagrams.stream()
        .filter(d -> ByteBuffer.wrap(d.toByteArray()).getInt() == 0x2000_0000 + number)
        .toList();
  }
}
