package dev.culvert.tun;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.tun.netlink.RtNetlink;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The data path makes no garbage once it is compiled. */
@Tag("lab")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationLabTest {
  private static final int PACKETS = 16;
  private static final int LENGTH = 1400;
  private static final int WARM_UP_ROUNDS = 30_000;
  private static final int MEASURED_ROUNDS = 2_000;

  /** Compilation may finish late and leave a few objects behind; a packet's worth would not. */
  private static final long TOLERATED_OCTETS = 4_096;

  @Test
  void sendingAndReceivingUdpAllocatesNothing() throws Exception {
    try (NetworkNamespace namespace = new NetworkNamespace();
        EpollPoller poller = EpollPoller.open()) {
      namespace.run(() -> {
        try (RtNetlink netlink = RtNetlink.open()) {
          netlink.setUp(InterfaceName.of("lo0"), true);
        }
      });
      Endpoint anyPort = new Endpoint(Ipv4Address.of("127.0.0.1"), 0);
      try (UdpPort sender = namespace.call(() -> UdpPort.bind(anyPort, Optional.empty()));
          UdpPort receiver = namespace.call(() -> UdpPort.bind(anyPort, Optional.empty()))) {
        poller.add(receiver, 0);
        PacketBatch out = batchTo(receiver.local());
        PacketBatch in = new PacketBatch(Arena.ofAuto(), 64, 1 << 16, 64);
        assertNoGarbage(() -> {
          int count = sender.send(out);
          int ready = poller.await(0);
          return count + ready + poller.readyToken(0) + receiver.receive(in);
        });
      }
    }
  }

  @Test
  void readingAndWritingATunDeviceAllocatesNothing() throws Exception {
    try (TunLink link = new TunLink();
        UdpPort source =
            link.left.call(() ->
                UdpPort.bind(new Endpoint(Ipv4Address.of("10.255.0.1"), 0), Optional.empty()))) {
      PacketBatch out = batchTo(new Endpoint(Ipv4Address.of("10.255.0.2"), 9));
      assertNoGarbage(() -> source.send(out) + link.carry());
    }
  }

  @Test
  void sendingAndReceivingBfdPacketsAllocatesNothing() throws Exception {
    InterfaceName loopback = InterfaceName.of("lo0");
    Ipv4Address local = Ipv4Address.of("127.0.0.1");
    try (NetworkNamespace namespace = new NetworkNamespace()) {
      namespace.run(() -> {
        try (RtNetlink netlink = RtNetlink.open()) {
          netlink.setUp(loopback, true);
        }
      });
      try (BfdTransmitter sender = namespace.call(() -> BfdTransmitter.open(loopback, local));
          BfdSocket receiver = namespace.call(() -> BfdSocket.open(loopback, AddressFamily.INET))) {
        byte[] packet = new byte[24];
        long[] seen = new long[2];
        BfdSocket.Arrivals arrivals =
            (socket, slot) -> {
              socket.copyTo(slot, packet);
              seen[0] += socket.length(slot) == packet.length && socket.ttl(slot) == 255 ? 1 : 0;
              seen[1] += socket.sourceHigh(slot) + socket.sourceLow(slot);
            };
        assertNoGarbage(() -> {
          long before = seen[0];
          int sent = 0;
          for (int i = 0; i < PACKETS; i++) {
            sent += sender.send(local, packet, packet.length) ? 1 : 0;
          }
          receiver.receive(arrivals);
          return sent + (int) (seen[0] - before);
        });
        assertThat(seen[0]).isEqualTo((long) (WARM_UP_ROUNDS + MEASURED_ROUNDS) * PACKETS);
        assertThat(seen[1]).isNotZero();
      }
    }
  }

  private static PacketBatch batchTo(Endpoint to) {
    PacketBatch batch = new PacketBatch(Arena.ofAuto(), PACKETS, 1 << 16, 64);
    Ipv6Address peer = Ipv6Address.mapped((Ipv4Address) to.address());
    for (int i = 0; i < PACKETS; i++) {
      batch.length[i] = i % 2 == 0 ? LENGTH : LENGTH * 8;
      batch.segmentSize[i] = i % 2 == 0 ? 0 : LENGTH;
      batch.peerHigh[i] = peer.high();
      batch.peerLow[i] = peer.low();
      batch.peerPort[i] = to.port();
      batch.trafficClass[i] = 0x28;
    }
    batch.count = PACKETS;
    return batch;
  }

  /** One round on the measured thread; its result keeps it from being optimised away. */
  private interface Round {
    int run();
  }

  private static void assertNoGarbage(Round round) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long moved = 0;
    for (int i = 0; i < WARM_UP_ROUNDS; i++) {
      moved += round.run();
    }
    assertThat(moved).isGreaterThan((long) WARM_UP_ROUNDS * PACKETS);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < MEASURED_ROUNDS; i++) {
      moved += round.run();
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated).as("octets in %d rounds", MEASURED_ROUNDS).isLessThan(TOLERATED_OCTETS);
  }
}
