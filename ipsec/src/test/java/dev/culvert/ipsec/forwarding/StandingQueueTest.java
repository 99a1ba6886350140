package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.TestPackets.payload;
import static dev.culvert.ipsec.forwarding.TestPackets.superPacket;
import static dev.culvert.ipsec.forwarding.TestPackets.tcp;
import static dev.culvert.ipsec.forwarding.TestPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.forwarding.InMemoryTun.Frame;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the sender of a queue that stands gets to know of it: a mark, or else a loss. */
class StandingQueueTest {
  private static final int MTU = 1438;
  private static final int ECT_0 = Ecn.ECT_0;
  private static final long STEP = Codel.INTERVAL_NANOS / 10;

  private final DataPathRig rig = new DataPathRig(MTU);
  private final PeerCodec peer = rig.bringUp(DataPathRig.sa().build());
  private final InMemoryTun busyOther = new InMemoryTun("st0.1");
  private int lastOuterTrafficClass;

  @AfterEach
  void close() {
    rig.close();
  }

  static Stream<Ip> bothVersions() {
    return Stream.of(Ip.v4(), Ip.v6());
  }

  static Stream<Frame> superPackets() {
    return bothVersions().flatMap(StandingQueueTest::superPackets);
  }

  static Stream<Frame> superPacketsThatHearOfCongestion() {
    return bothVersions()
        .map(ip -> ip.trafficClass(0xB8 | ECT_0))
        .flatMap(StandingQueueTest::superPackets);
  }

  static LongStream tooShortToMatter() {
    return LongStream.of(-1, 0, Codel.TARGET_NANOS - 1);
  }

  private static Stream<Frame> superPackets(Ip ip) {
    return Stream.of(
        superPacket(tcp(ip, 1_000, TestPackets.ACK | TestPackets.PSH, payload(5_000, 1)), 1_200),
        // Larger than the tunnel's MTU takes: cut smaller.
        superPacket(tcp(ip, 1_000, TestPackets.ACK, payload(5_000, 1)), 1_448),
        superPacket(udp(ip, 1, 2, payload(3_100, 2)), 1_000));
  }

  @ParameterizedTest
  @MethodSource("bothVersions")
  void aPacketWhoseSenderWouldNotUnderstandIsLost(Ip ip) {
    stand();
    Frame next = bulk(ip);
    assertThat(leaves(bulk(ip))).isEmpty();
    assertThat(leaves(next)).containsExactly(Octets.copyOf(next.packet()));
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isEqualTo(1);
    assertThat(rig.counters().outboundPackets()).isEqualTo(12 + 13);
  }

  @ParameterizedTest
  @MethodSource("bothVersions")
  void aPacketWhoseSenderUnderstandsIsMarkedInsideAndOutside(Ip ip) {
    stand();
    int trafficClass = 0xB8 | ECT_0;
    List<Octets> marked = leaves(bulk(ip.trafficClass(trafficClass)));

    assertThat(marked)
        .containsExactly(Octets.copyOf(bulk(ip.trafficClass(0xB8 | Ecn.CE)).packet()));
    assertThat(lastOuterTrafficClass).isEqualTo(0xB8 | Ecn.CE);
    leaves(bulk(ip.trafficClass(trafficClass)));
    assertThat(lastOuterTrafficClass).isEqualTo(trafficClass);
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isZero();
  }

  @ParameterizedTest
  @MethodSource("superPackets")
  void theFirstSegmentOfASuperPacketIsLost(Frame frame) {
    List<Octets> all = leaves(frame);
    stand();
    List<Octets> rest = leaves(frame);

    assertThat(all).hasSizeGreaterThan(3);
    assertThat(rest).isEqualTo(all.subList(1, all.size()));
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("superPacketsThatHearOfCongestion")
  void allSegmentsOfASuperPacketAreMarked(Frame frame) {
    List<Octets> all = leaves(frame);
    stand();
    List<Octets> marked = leaves(frame);

    assertThat(marked).hasSameSizeAs(all);
    assertThat(marked)
        .allSatisfy(packet -> {
          byte[] octets = packet.toByteArray();
          assertThat(trafficClass(octets)).isEqualTo(0xB8 | Ecn.CE);
          assertThat(TestPackets.hasGoodChecksums(octets)).isTrue();
        });
    assertThat(lastOuterTrafficClass).isEqualTo(0xB8 | Ecn.CE);
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isZero();
  }

  @ParameterizedTest
  @MethodSource("bothVersions")
  void ofASuperPacketOfOneSegmentNothingIsLeft(Ip ip) {
    stand();

    assertThat(leaves(superPacket(tcp(ip, 1, TestPackets.ACK, payload(900, 1)), 1_000))).isEmpty();
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isEqualTo(1);
    assertThat(rig.counters().dropped(DropCause.MALFORMED)).isZero();
  }

  @Test
  void theFirstOfDatagramsThatLeaveInFragmentsIsLost() {
    Frame frame = superPacket(udp(Ip.v4().mayFragment(), 1, 2, payload(6_000, 1)), 2_000);
    List<Octets> all = leaves(frame);
    stand();

    assertThat(all).hasSize(6);
    assertThat(leaves(frame)).isEqualTo(all.subList(2, 6));
  }

  @Test
  void smallPacketsAreNotWhatAQueueIsMadeOf() {
    stand();
    assertThat(leaves(Frame.whole(udp(Ip.v4(), 1, 2, payload(100, 1))))).hasSize(1);
    assertThat(leaves(bulk(Ip.v4()))).isEmpty();
  }

  @Test
  void aPacketThatIsAloneIsNoQueueHoweverLongOthersKeptItWaiting() {
    stand();
    rig.tun.toRead.add(bulk(Ip.v4()));
    rig.dataPath.turnOutbound();
    assertThat(peer.open(rig.udp.drain())).hasSize(1);
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isZero();
  }

  @Test
  void aQueueThatIsNeverReadToItsEndIsSignalledForAsLongAsItLasts() {
    rig.tun.afterRead = () -> rig.nanoTime += STEP;
    long end = rig.nanoTime + 4 * Codel.IMPLAUSIBLE_NANOS;
    long dropped = 0;
    while (rig.nanoTime < end) {
      for (int i = 0; i < 100; i++) {
        rig.tun.toRead.add(bulk(Ip.v4()));
      }
      long secondBegan = rig.nanoTime;
      while (rig.nanoTime < secondBegan + Codel.IMPLAUSIBLE_NANOS) {
        for (int i = rig.tun.toRead.size(); i < 100; i++) {
          rig.tun.toRead.add(bulk(Ip.v4()));
        }
        rig.dataPath.turnOutbound();
        rig.udp.drain();
      }
      assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isGreaterThan(dropped);
      dropped = rig.counters().dropped(DropCause.QUEUE_DELAY);
    }
  }

  @Test
  void aThreadThatHasTimeToWaitHasNoQueue() {
    for (int i = 0; i < 50; i++) {
      assertThat(leaves(bulk(Ip.v4()))).hasSize(1);
      rig.nanoTime += STEP;
    }
  }

  @Test
  void aTunnelWithAPacketNowAndThenHasNoQueueHoweverBusyOthersKeepTheThread() {
    busyOther.afterRead = () -> rig.nanoTime += Codel.TARGET_NANOS / 2;
    rig.dataPath.addTunnel(List.of(busyOther), new TunnelSettings(MTU, 0));
    for (int i = 0; i < 100; i++) {
      // Nothing is in it in between, as the poller tells; what keeps the thread busy is elsewhere.
      List<Octets> left = leaves(bulk(Ip.v4()));
      assertThat(left).hasSize(1);
      for (int others = 0; others < 20; others++) {
        keepBusyElsewhere();
      }
    }
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isZero();
  }

  @ParameterizedTest
  @MethodSource("bothVersions")
  void aPacketThatWaitedInTheSocketIsLostOrMarked(Ip ip) {
    Octets plain = Octets.wrap(bulk(ip.reversed()).packet());
    Octets ect = Octets.wrap(bulk(ip.reversed().trafficClass(ECT_0)).packet());
    Octets marked = Octets.wrap(bulk(ip.reversed().trafficClass(Ecn.CE)).packet());
    rig.udp.waitedNanos = Codel.TARGET_NANOS;
    for (int i = 0; i <= 9; i++) {
      receive(plain);
    }
    Octets small = Octets.wrap(udp(ip.reversed(), 1, 2, payload(100, 1)));
    rig.nanoTime += STEP;
    rig.receive(peer.sender.seal(small));
    assertThat(rig.delivered()).hasSize(11).last().isEqualTo(small);
    receive(plain);
    assertThat(rig.delivered()).hasSize(11);
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isEqualTo(1);
    assertThat(rig.counters().inboundPackets()).isEqualTo(11);

    rig.nanoTime += Codel.INTERVAL_NANOS - STEP;
    receive(ect);
    assertThat(rig.delivered()).hasSize(12).last().isEqualTo(marked);
    receive(ect);
    assertThat(rig.delivered()).hasSize(13).last().isEqualTo(ect);
    assertThat(rig.counters().dropped(DropCause.QUEUE_DELAY)).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("tooShortToMatter")
  void aPacketThatDidNotWaitInTheSocketIsKept(long waitedNanos) {
    rig.udp.waitedNanos = waitedNanos;
    for (int i = 0; i < 40; i++) {
      receive(Octets.wrap(bulk(Ip.v4().reversed()).packet()));
    }
    assertThat(rig.delivered()).hasSize(40);
  }

  private void receive(Octets packet) {
    rig.receive(peer.sender.seal(packet));
    rig.nanoTime += STEP;
  }

  /** Every batch takes so long that the next packets wait; the packet after these is due. */
  private void stand() {
    rig.tun.afterRead = () -> rig.nanoTime += STEP;
    for (int i = 0; i <= 10; i++) {
      assertThat(leaves(bulk(Ip.v4()))).hasSize(1);
    }
  }

  private void keepBusyElsewhere() {
    rig.outPoller.quiet.add(rig.tun);
    rig.dataPath.turnOutbound();
    rig.outPoller.quiet.clear();
  }

  /** What leaves of that frame when it is read behind a small packet: one alone is no queue. */
  private List<Octets> leaves(Frame frame) {
    rig.tun.toRead.add(Frame.whole(udp(Ip.v4(), 3, 4, payload(20, 3))));
    rig.tun.toRead.add(frame);
    rig.dataPath.turnOutbound();
    if (!rig.udp.sent.isEmpty()) {
      lastOuterTrafficClass = rig.udp.sent.getLast().trafficClass();
    }
    List<Octets> left = peer.open(rig.udp.drain());
    return left.subList(1, left.size());
  }

  private static Frame bulk(Ip ip) {
    return Frame.whole(udp(ip, 1, 2, payload(1_000, 1)));
  }

  private static int trafficClass(byte[] packet) {
    return packet[0] >> 4 == 4 ? packet[1] & 0xFF : (packet[0] & 0xF) << 4 | packet[1] >> 4 & 0xF;
  }
}
