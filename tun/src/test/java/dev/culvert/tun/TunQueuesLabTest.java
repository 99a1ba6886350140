package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.tun.netlink.KernelEvent;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.KernelMonitor;
import dev.culvert.tun.netlink.RtNetlink;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One device of several queues, as several forwarding threads have it. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TunQueuesLabTest {
  private static final int QUEUES = 4;
  private static final int FLOWS = 256;
  private static final int FIRST_PORT = 10_000;
  private static final int TRANSMIT_QUEUE_LENGTH = 4_000;

  private static final Ipv4Address HERE = Ipv4Address.of("10.255.0.1");
  private static final Ipv4Address THERE = Ipv4Address.of("10.255.0.2");

  private static final int IP_HEADER = 20;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final PacketBatch batch = new PacketBatch(Arena.ofAuto(), 64, 1 << 17, 64);
  private NetworkNamespace namespace;
  private List<TunDevice> queues;
  private UdpPort source;

  @BeforeEach
  void open() throws Exception {
    namespace = new NetworkNamespace();
    queues =
        namespace.call(() -> {
          List<TunDevice> opened = TunDevice.openQueues(TunLink.ST0, QUEUES);
          TunLink.putInService(opened.get(2), "10.255.0.1/30", "fd00::1/64");
          return opened;
        });
    source = namespace.call(() -> UdpPort.bind(new Endpoint(HERE, 0), Optional.empty()));
  }

  @AfterEach
  void close() {
    source.close();
    queues.forEach(TunDevice::close);
    namespace.close();
  }

  @Test
  void flowsAreSpreadOverTheQueuesAndEachKeepsItsOwn() {
    Map<Integer, Integer> first = queueOfEachFlow();
    assertThat(first).hasSize(FLOWS);
    assertThat(first.values()).contains(0, 1, 2, 3);
    assertThat(queueOfEachFlow()).isEqualTo(first);
  }

  @Test
  void aFlowAnsweredThroughAQueueComesOutOfThatQueue() {
    Map<Integer, Integer> wanted = new TreeMap<>();
    queueOfEachFlow().forEach((flow, queue) -> wanted.put(flow, (queue + 1) % QUEUES));
    sendToEachFlow();
    queues.forEach(queue -> readAll(queue, slot -> answerThrough(wanted.get(flow(slot)), slot)));
    assertThat(queueOfEachFlow()).isEqualTo(wanted);
  }

  @Test
  void aSuperPacketKeepsItsOffloadDataOnEveryQueue() {
    for (int flow = 0; flow < FLOWS; flow++) {
      PacketBatch out = new PacketBatch(Arena.ofAuto(), 1, 1 << 16, 0);
      Ipv6Address peer = Ipv6Address.mapped(THERE);
      out.length[0] = 5 * 1000;
      out.segmentSize[0] = 1000;
      out.peerHigh[0] = peer.high();
      out.peerLow[0] = peer.low();
      out.peerPort[0] = FIRST_PORT + flow;
      out.count = 1;
      assertThat(source.send(out)).isEqualTo(1);
    }
    int seen = 0;
    for (TunDevice queue : queues) {
      seen +=
          readAll(
              queue,
              slot -> {
                assertThat(batch.length[slot]).isEqualTo(IP_HEADER + 8 + 5 * 1000);
                assertThat(batch.gsoType[slot]).isEqualTo(PacketBatch.GSO_UDP_L4);
                assertThat(batch.segmentSize[slot]).isEqualTo(1000);
                assertThat(batch.checksumStart[slot]).isEqualTo(IP_HEADER);
                assertThat(batch.checksumOffset[slot]).isEqualTo(6);
              });
    }
    assertThat(seen).isEqualTo(FLOWS);
  }

  @Test
  void aQueueBelongsToNoThread() throws Exception {
    sendToEachFlow();
    int seen = 0;
    for (int round = 0; seen < FLOWS; round++) {
      try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
        TunDevice queue = queues.get(round % QUEUES);
        seen += thread.submit(() -> readOnce(queue, slot -> {})).get();
      }
    }
    assertThat(seen).isEqualTo(FLOWS);
  }

  @Test
  void everyQueueHoldsAsManyPacketsAsADeviceOfOneQueueDoes() {
    Map<Integer, Integer> queueOfFlow = queueOfEachFlow();
    for (int queue = 0; queue < QUEUES; queue++) {
      int flow = flowOf(queueOfFlow, queue);
      for (int i = 0; i < TRANSMIT_QUEUE_LENGTH + 100; i++) {
        send(flow);
      }
    }
    for (TunDevice queue : queues) {
      // A ring gives the places of what was read back in batches of up to 16.
      assertThat(readAll(queue, slot -> {})).isGreaterThanOrEqualTo(TRANSMIT_QUEUE_LENGTH - 16);
    }
  }

  @Test
  void carrierIsTheDevicesWhicheverQueueSetsIt() throws Exception {
    namespace.run(() -> {
      try (KernelMonitor monitor = KernelMonitor.open();
          EpollPoller poller = EpollPoller.open()) {
        poller.add(monitor, 0);
        for (TunDevice queue : queues) {
          queue.setCarrier(false);
          awaitRunning(poller, monitor, false);
          queue.setCarrier(true);
          awaitRunning(poller, monitor, true);
        }
      }
    });
  }

  private static void awaitRunning(EpollPoller poller, KernelMonitor monitor, boolean running)
      throws Exception {
    boolean[] seen = {false};
    while (!seen[0]) {
      poller.await(-1);
      monitor.drain(event ->
          seen[0] |=
              event instanceof KernelEvent.LinkChanged(KernelLink link)
                  && link.name().equals(TunLink.ST0)
                  && link.running() == running);
    }
  }

  @Test
  void theDeviceStaysWhileAQueueIsOpenAndTheFlowsMoveToTheOpenOnes() throws Exception {
    queues.get(0).close();
    queues.get(2).close();
    List<TunDevice> open = List.of(queues.get(1), queues.get(3));
    sendToEachFlow();
    int seen = 0;
    for (TunDevice queue : open) {
      int here = readAll(queue, slot -> {});
      assertThat(here).isPositive();
      seen += here;
    }
    assertThat(seen).isEqualTo(FLOWS);
    open.forEach(TunDevice::close);
    namespace.run(() -> {
      try (RtNetlink netlink = RtNetlink.open()) {
        assertThat(netlink.link(TunLink.ST0)).isEmpty();
      }
    });
  }

  /** By the queue that a packet of each flow comes out of; a flow is its destination port. */
  private Map<Integer, Integer> queueOfEachFlow() {
    sendToEachFlow();
    Map<Integer, Integer> queueOfFlow = new TreeMap<>();
    for (int i = 0; i < QUEUES; i++) {
      int queue = i;
      readAll(queues.get(queue), slot -> queueOfFlow.put(flow(slot), queue));
    }
    return queueOfFlow;
  }

  private void sendToEachFlow() {
    for (int flow = 0; flow < FLOWS; flow++) {
      send(flow);
    }
  }

  private void send(int flow) {
    assertThat(source.sendOne(Octets.ofHex("c0ffee"), new Endpoint(THERE, FIRST_PORT + flow)))
        .isTrue();
  }

  private int flow(int slot) {
    int port = batch.memory.get(SHORT, batch.offset[slot] + IP_HEADER + 2) & 0xFFFF;
    return port - FIRST_PORT;
  }

  private static int flowOf(Map<Integer, Integer> queueOfFlow, int queue) {
    return queueOfFlow.entrySet().stream()
        .filter(entry -> entry.getValue() == queue)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  /** Sends a packet of the batch back where it came from. */
  private void answerThrough(int queue, int slot) {
    PacketBatch answer = new PacketBatch(Arena.ofAuto(), 1, 1 << 12, 64);
    MemorySegment packet = answer.memory.asSlice(answer.offset[0], batch.length[slot]);
    packet.copyFrom(batch.memory.asSlice(batch.offset[slot], batch.length[slot]));
    packet.set(INT, 12, THERE.bits());
    packet.set(INT, 16, HERE.bits());
    short sourcePort = packet.get(SHORT, IP_HEADER);
    packet.set(SHORT, IP_HEADER, packet.get(SHORT, IP_HEADER + 2));
    packet.set(SHORT, IP_HEADER + 2, sourcePort);
    answer.length[0] = batch.length[slot];
    answer.checksumStart[0] = batch.checksumStart[slot];
    answer.checksumOffset[0] = batch.checksumOffset[slot];
    answer.count = 1;
    assertThat(queues.get(queue).write(answer)).isEqualTo(1);
  }

  /** Reads until the queue is empty; returns how many packets it had of ours. */
  private int readAll(TunDevice queue, IntConsumer each) {
    int seen = 0;
    do {
      seen += readOnce(queue, each);
    } while (batch.count > 0);
    return seen;
  }

  /** The kernel itself sends into a device that comes up: that is left out. */
  private int readOnce(TunDevice queue, IntConsumer each) {
    int seen = 0;
    queue.read(batch);
    for (int slot = 0; slot < batch.count; slot++) {
      if (batch.length[slot] > IP_HEADER
          && batch.memory.get(INT, batch.offset[slot] + 16) == THERE.bits()) {
        each.accept(slot);
        seen++;
      }
    }
    return seen;
  }
}
