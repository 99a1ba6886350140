package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathRig.PeerCodec;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.SaTraffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two forwarding queues: whose packets leave by what, and what comes in for whom. */
class ForwardingQueuesTest {
  private static final ChildSa FIRST = QueuesRig.sa(2);
  private static final ChildSa SECOND = QueuesRig.sa(3);

  private final QueuesRig rig = new QueuesRig(2);

  @AfterEach
  void close() {
    rig.close();
    assertThat(rig.devices).allMatch(device -> device.closes == 1);
    assertThat(rig.sockets).allMatch(socket -> socket.closes == 1);
    assertThat(rig.outPollers).allMatch(poller -> poller.closes == 1);
    assertThat(rig.inPollers).allMatch(poller -> poller.closes == 1);
  }

  @Test
  void eachQueuesPacketsLeaveByItsOwnPairAndSocket() {
    PeerCodec first = rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    for (int number = 0; number < 20; number++) {
      rig.put(number % 2, number);
    }
    rig.turnOutbound();

    assertThat(rig.sent(0, first)).containsExactly(0, 2, 4, 6, 8, 10, 12, 14, 16, 18);
    assertThat(rig.sent(1, second)).containsExactly(1, 3, 5, 7, 9, 11, 13, 15, 17, 19);
    assertThat(rig.counters().outboundPackets()).isEqualTo(20);
    assertThat(rig.dataPath.traffic())
        .isEqualTo(
            Map.of(
                FIRST.inboundSpi(), new SaTraffic(0, 0, 10, 4_280, 0),
                SECOND.inboundSpi(), new SaTraffic(0, 0, 10, 4_280, 0)));
  }

  @Test
  void aTunnelOfOnePairSendsThePacketsOfAllItsQueuesByThat() {
    PeerCodec second = rig.bringUp(SECOND);
    rig.put(0, 0);
    rig.put(1, 1);
    rig.turnOutbound();

    assertThat(rig.sent(1, second)).containsExactlyInAnyOrder(0, 1);
    assertThat(rig.sockets.get(0).drain()).isEmpty();
    assertThat(rig.readers(rig.devices.get(0))).containsExactly(1);
    assertThat(rig.readers(rig.devices.get(1))).containsExactly(1);
  }

  @Test
  void aQueueGoesToThePairOfItsOwnWhenThatComesAndBackWhenItGoes() {
    PeerCodec first = rig.bringUp(FIRST);
    rig.turnOutbound();
    assertThat(rig.readers(rig.devices.get(1))).containsExactly(0);
    rig.put(1, 0);
    rig.put(1, 1);
    rig.dataPath.turnOutbound(0);
    PeerCodec second = rig.bringUp(SECOND);
    rig.put(1, 2);
    // The thread that is to have it has not been told of it.
    rig.dataPath.turnOutbound(1);
    assertThat(rig.readers(rig.devices.get(1))).containsExactly(0);
    rig.put(1, 3);
    rig.dataPath.turnOutbound(0);
    assertThat(rig.readers(rig.devices.get(1))).isEmpty();
    rig.put(1, 4);
    rig.dataPath.turnOutbound(1);
    assertThat(rig.readers(rig.devices.get(1))).containsExactly(1);

    assertThat(rig.sent(0, first)).containsExactly(0, 1);
    assertThat(rig.sent(1, second)).containsExactly(2, 3, 4);

    rig.put(1, 5);
    rig.dataPath.remove(SECOND.inboundSpi());
    rig.put(1, 6);
    rig.dataPath.turnOutbound(0);
    rig.dataPath.turnOutbound(1);
    rig.dataPath.turnOutbound(0);
    assertThat(rig.readers(rig.devices.get(1))).containsExactly(0);
    assertThat(rig.sent(0, first)).containsExactly(5, 6);
    assertThat(rig.counters().outboundPackets()).isEqualTo(7);
  }

  @Test
  void aQueueThatIsCalledBackOnItsWayGoesBack() {
    PeerCodec first = rig.bringUp(FIRST);
    rig.turnOutbound();
    rig.bringUp(SECOND);
    rig.put(1, 0);
    rig.dataPath.turnOutbound(0);
    rig.dataPath.stopOutbound(SECOND.inboundSpi());
    rig.dataPath.turnOutbound(1);
    assertThat(rig.readers(rig.devices.get(1))).isEmpty();
    rig.dataPath.turnOutbound(0);

    assertThat(rig.readers(rig.devices.get(1))).containsExactly(0);
    assertThat(rig.sent(0, first)).containsExactly(0);
    assertThat(rig.sockets.get(1).drain()).isEmpty();
  }

  @Test
  void packetsOfATunnelThatIsDownWaitInTheirQueuesForWhicheverPairComes() {
    for (int number = 0; number < 6; number++) {
      rig.put(number % 2, number);
    }
    rig.turnOutbound();
    assertThat(rig.notices)
        .isNotEmpty()
        .allMatch(notice ->
            notice instanceof SaNotice.OutboundSaMissing missing
                && missing.tunnel().equals(DataPathRig.TUNNEL));
    PeerCodec second = rig.bringUp(SECOND);
    rig.put(0, 6);
    rig.put(1, 7);
    rig.turnOutbound();

    List<Integer> sent = rig.sent(1, second);
    assertThat(sent).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7);
    assertThat(sent).containsSubsequence(0, 2, 4, 6).containsSubsequence(1, 3, 5, 7);
  }

  @Test
  void packetsThatWaitLeaveAlsoWhenAnotherTunnelComesMeanwhile() {
    rig.put(0, 0);
    rig.turnOutbound();
    PeerCodec first = rig.bringUp(FIRST);
    rig.dataPath.addTunnel(QueuesRig.devices(2, "st0.1"), new TunnelSettings(QueuesRig.MTU, 0));
    rig.turnOutbound();

    assertThat(rig.sent(0, first)).containsExactly(0);
  }

  @Test
  void aRekeyKeepsTheQueue() {
    rig.bringUp(FIRST);
    PeerCodec before = rig.bringUp(SECOND);
    rig.put(1, 0);
    rig.turnOutbound();
    ChildSa after = QueuesRig.sa(5);
    rig.dataPath.install(after);
    rig.put(1, 1);
    rig.dataPath.turnOutbound(1);
    assertThat(rig.sent(1, before)).containsExactly(0, 1);

    rig.dataPath.useOutbound(after.inboundSpi());
    rig.dataPath.remove(SECOND.inboundSpi());
    rig.put(1, 2);
    rig.dataPath.turnOutbound(1);

    assertThat(rig.sent(1, new PeerCodec(after))).containsExactly(2);
    assertThat(rig.readers(rig.devices.get(1))).containsExactly(1);
  }

  @Test
  void aPairThatSendsNoMoreStillReceives() {
    PeerCodec first = rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    rig.dataPath.stopOutbound(SECOND.inboundSpi());
    rig.put(0, 0);
    rig.put(1, 1);
    rig.turnOutbound();
    rig.sockets.get(1).toReceive.add(message(second.sender.seal(QueuesRig.incoming(9))));
    rig.dataPath.turnInbound();

    assertThat(rig.sent(0, first)).containsExactlyInAnyOrder(0, 1);
    assertThat(rig.delivered()).containsExactly(9);

    rig.dataPath.stopOutbound(FIRST.inboundSpi());
    rig.put(0, 2);
    rig.turnOutbound();
    assertThat(rig.notices).hasAtLeastOneElementOfType(SaNotice.OutboundSaMissing.class);
    rig.dataPath.useOutbound(SECOND.inboundSpi());
    rig.turnOutbound();
    assertThat(rig.sent(1, second)).containsExactly(2);
  }

  @Test
  void aPairThatWasReplacedIsNotStopped() {
    PeerCodec first = rig.bringUp(FIRST);
    ChildSa next = QueuesRig.sa(4);
    PeerCodec after = rig.bringUp(next);
    rig.dataPath.stopOutbound(FIRST.inboundSpi());
    rig.put(0, 0);
    rig.turnOutbound();

    assertThat(first.receiver).isNotNull();
    assertThat(rig.sent(0, after)).containsExactly(0);
  }

  @Test
  void aPairThatWasNeverUsedIsStoppedAndRemoved() {
    rig.dataPath.install(FIRST);
    rig.dataPath.stopOutbound(FIRST.inboundSpi());
    rig.dataPath.remove(FIRST.inboundSpi());

    assertThat(rig.dataPath.traffic()).isEmpty();
  }

  @Test
  void aTunnelRemovedWhileAQueueChangesHandsIsClosedOnceAndItsTokensServeTheNext() {
    rig.bringUp(FIRST);
    rig.turnOutbound();
    PeerCodec second = rig.bringUp(SECOND);
    rig.put(1, 0);
    rig.dataPath.turnOutbound(0);
    rig.dataPath.removeTunnel(DataPathRig.TUNNEL);
    List<InMemoryTun> next = QueuesRig.devices(2, "st0.0");
    rig.dataPath.addTunnel(next, new TunnelSettings(QueuesRig.MTU, 0));
    next.get(1).toRead.add(InMemoryTun.Frame.whole(QueuesRig.numbered(1)));
    rig.turnOutbound();

    assertThat(rig.devices).noneMatch(device -> device.closed);
    assertThat(rig.sent(1, second)).containsExactly(1);
    assertThat(rig.readers(next.get(0))).containsExactly(0);
    assertThat(rig.readers(next.get(1))).containsExactly(1);
    rig.dataPath.turnInbound(0);
    assertThat(rig.devices).noneMatch(device -> device.closed);
    rig.dataPath.turnInbound(1);
    assertThat(rig.devices).allMatch(device -> device.closes == 1);
    assertThat(next).noneMatch(device -> device.closed);
  }

  @Test
  void whatIsUnderWayWhenTheDataPathClosesIsClosedOnce() {
    rig.bringUp(FIRST);
    rig.turnOutbound();
    rig.bringUp(SECOND);
    List<InMemoryTun> other = QueuesRig.devices(2, "st0.1");
    rig.dataPath.addTunnel(other, new TunnelSettings(QueuesRig.MTU, 0));
    rig.dataPath.turnOutbound(0);
    rig.dataPath.removeTunnel(InterfaceName.of("st0.1"));
    rig.dataPath.remove(FIRST.inboundSpi());
    rig.close();

    assertThat(other).allMatch(device -> device.closes == 1);
    rig.dataPath.removeTunnel(DataPathRig.TUNNEL);
    rig.dataPath.removePort(DataPathRig.LOCAL);
    rig.dataPath.remove(SECOND.inboundSpi());
  }

  @Test
  void aTunnelThatGoesWhileAMessageIsToBeWrittenToItGetsThatFirst() {
    rig.bringUp(FIRST);
    byte[] big = TestPackets.udp(TestPackets.Ip.v4(), 1, 2, TestPackets.payload(QueuesRig.MTU, 1));
    rig.devices.get(0).toRead.add(InMemoryTun.Frame.whole(big));
    rig.turnOutbound();
    rig.dataPath.removeTunnel(DataPathRig.TUNNEL);
    rig.turnOutbound();
    rig.dataPath.turnInbound(1);
    rig.dataPath.turnInbound(0);

    assertThat(rig.devices).allMatch(device -> device.closes == 1);
    assertThat(rig.devices.get(0).written).hasSize(1);
    assertThat(rig.devices.get(0).writtenWhenClosed).isZero();
  }

  @Test
  void aPortIsClosedOnceWhenAllThreadsHaveLetGoOfIt() {
    rig.bringUp(FIRST);
    rig.dataPath.removePort(DataPathRig.LOCAL);
    rig.put(0, 0);
    rig.dataPath.turnOutbound(0);
    rig.dataPath.turnInbound();
    assertThat(rig.sockets).noneMatch(socket -> socket.closed);
    rig.dataPath.turnOutbound(1);
    rig.dataPath.turnInbound(1);
    assertThat(rig.sockets).noneMatch(socket -> socket.closed);
    rig.dataPath.turnInbound(0);

    assertThat(rig.sockets).allMatch(socket -> socket.closes == 1);
    assertThat(rig.dropped(DropCause.NO_PORT)).isEqualTo(1);
  }

  @Test
  void lastWordsLeaveBeforeWhatIsToComeBehindThemAlsoFromAQueueOnItsWay() {
    rig.bringUp(FIRST);
    rig.turnOutbound();
    PeerCodec second = rig.bringUp(SECOND);
    rig.put(1, 7);
    List<Integer> sentBefore = new ArrayList<>();
    rig.dataPath.afterOutbound(() -> sentBefore.addAll(rig.sent(1, second)));
    // The thread that is to read the queue is done before it gets it.
    rig.dataPath.turnOutbound(1);
    rig.dataPath.turnOutbound(0);
    rig.turnOutbound();

    assertThat(sentBefore).containsExactly(7);
  }

  @Test
  void packetsOfBothPairsInOneMessageAreAllDelivered() {
    PeerCodec first = rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    List<Octets> datagrams = new ArrayList<>();
    for (int number = 0; number < 40; number++) {
      PeerCodec peer = number % 3 == 0 ? second : first;
      datagrams.add(peer.sender.seal(QueuesRig.incoming(number)));
    }
    rig.inPollers.forEach(poller -> poller.await(0));
    rig.sockets.get(0).toReceive.add(joined(datagrams));
    rig.dataPath.turnInbound(0);

    assertThat(rig.inPollers.get(0).isWoken()).isFalse();
    assertThat(rig.inPollers.get(1).isWoken()).isTrue();
    assertThat(rig.devices.get(1).written).isEmpty();
    rig.dataPath.turnInbound(1);

    assertThat(rig.delivered()).isEqualTo(IntStream.range(0, 40).boxed().toList());
    assertThat(rig.counters().inboundPackets()).isEqualTo(40);
    assertThat(rig.dataPath.traffic())
        .isEqualTo(
            Map.of(
                FIRST.inboundSpi(), new SaTraffic(26, 26 * 428, 0, 0, 0),
                SECOND.inboundSpi(), new SaTraffic(14, 14 * 428, 0, 0, 0)));

    // Each is known to whom it belongs, wherever it came in.
    rig.sockets.get(1).toReceive.add(joined(datagrams));
    rig.dataPath.turnInbound();
    rig.dataPath.turnInbound();
    assertThat(rig.dropped(DropCause.REPLAY)).isEqualTo(40);
    assertThat(rig.counters().inboundPackets()).isEqualTo(40);
  }

  @Test
  void aPairThatGoesWhileItsPacketsAreHandedOverRefusesThem() {
    rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    rig.sockets.get(0).toReceive.add(message(second.sender.seal(QueuesRig.incoming(1))));
    rig.dataPath.turnInbound(0);
    rig.dataPath.remove(SECOND.inboundSpi());
    rig.dataPath.turnInbound(1);

    assertThat(rig.delivered()).isEmpty();
    assertThat(rig.dataPath.counters().unattributed().get(DropCause.INVALID_SPI)).isEqualTo(1);
  }

  @Test
  void aPeerThatMovedIsSeenThroughTheHandOver() {
    rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    rig.sockets
        .get(0)
        .toReceive
        .add(
            InMemoryPort.Message.of(
                DataPathRig.REMOTE_IPV6, second.sender.seal(QueuesRig.incoming(1))));
    rig.dataPath.turnInbound();

    assertThat(rig.notices)
        .contains(new SaNotice.PeerMoved(SECOND.inboundSpi(), DataPathRig.REMOTE_IPV6));
  }

  @Test
  void whatAHandOverHasNoRoomForIsDroppedAndCounted() {
    rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    for (int number = 0; number < Handover.CELLS + 5; number++) {
      rig.sockets.get(0).toReceive.add(message(second.sender.seal(QueuesRig.incoming(number))));
    }
    while (!rig.sockets.get(0).toReceive.isEmpty()) {
      rig.dataPath.turnInbound(0);
    }
    rig.dataPath.turnInbound(1);

    assertThat(rig.delivered()).isEqualTo(IntStream.range(0, Handover.CELLS).boxed().toList());
    assertThat(rig.dropped(DropCause.QUEUE_FULL)).isEqualTo(5);
    assertThat(rig.counters().inboundPackets()).isEqualTo(Handover.CELLS);
  }

  @Test
  void packetsThatAreHandedOverTellHowLongTheyWaited() {
    rig.bringUp(FIRST);
    PeerCodec second = rig.bringUp(SECOND);
    rig.sockets.get(0).waitedNanos = Codel.TARGET_NANOS * 2;
    for (int i = 0; i <= 11; i++) {
      rig.sockets.get(0).toReceive.add(message(second.sender.seal(QueuesRig.incoming(i))));
      rig.dataPath.turnInbound();
      rig.nanoTime += Codel.INTERVAL_NANOS / 10;
    }

    assertThat(rig.dropped(DropCause.QUEUE_DELAY)).isEqualTo(1);
    assertThat(rig.counters().inboundPackets()).isEqualTo(11);
  }

  private static InMemoryPort.Message message(Octets datagram) {
    return InMemoryPort.Message.of(DataPathRig.REMOTE, datagram);
  }

  private static InMemoryPort.Message joined(List<Octets> datagrams) {
    WireWriter octets = new WireWriter();
    datagrams.forEach(octets::octets);
    return new InMemoryPort.Message(
        DataPathRig.REMOTE, octets.toByteArray(), datagrams.getFirst().length(), -1);
  }
}
