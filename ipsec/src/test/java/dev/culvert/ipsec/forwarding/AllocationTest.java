package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * More than a million packets out and as many in, in steady state, by the thread's own allocation
 * counter: IPv4 and IPv6, TCP and UDP, as super-packets and one by one.
 */
class AllocationTest {
  /** The frames of a turn leave as so many packets. */
  private static final int PACKETS_PER_TURN = 46;

  private static final int WARM_UP_TURNS = 400_000 / PACKETS_PER_TURN;
  private static final int MEASURED_PACKETS = 1_000_000;
  private static final int MEASURED_TURNS = MEASURED_PACKETS / PACKETS_PER_TURN + 1;

  /** What reading the thread's counter itself allocates, whatever the number of packets. */
  private static final long OF_THE_MEASUREMENT = 1_024;

  @Test
  void aMillionPacketsInEachDirectionAllocateNothing() {
    assumeTrue(LibCryptoAeadProvider.installed().isPresent(), "needs libcrypto");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    try (Arena arena = Arena.ofConfined();
        IpsecDataPath dataPath =
            new IpsecDataPath(LibCryptoAeadProvider.best(), new SilentListener(), 1)) {
      dataPath.attach(List.of(new InMemoryPoller()), List.of(new InMemoryPoller()));
      dataPath.addTunnel(List.of(new RepeatingTun(arena, frames())), new TunnelSettings(1438, 0));
      dataPath.addPort(DataPathRig.LOCAL, List.of(new LoopbackPort()));
      ChildSa sa = LoopbackPort.sa(1);
      dataPath.install(sa);
      dataPath.useOutbound(sa.inboundSpi());
      turn(dataPath, WARM_UP_TURNS);
      TunnelCounters before = counters(dataPath);
      long thread = Thread.currentThread().threadId();
      long allocatedBefore = threads.getThreadAllocatedBytes(thread);

      turn(dataPath, MEASURED_TURNS);

      long allocated = threads.getThreadAllocatedBytes(thread) - allocatedBefore;
      TunnelCounters after = counters(dataPath);
      long out = after.outboundPackets() - before.outboundPackets();
      long in = after.inboundPackets() - before.inboundPackets();
      assertThat(out).isGreaterThanOrEqualTo(MEASURED_PACKETS);
      assertThat(in).isGreaterThanOrEqualTo(MEASURED_PACKETS);
      assertThat(allocated)
          .as("octets for %d packets out and %d in", out, in)
          .isLessThan(OF_THE_MEASUREMENT);
      assertThat(allocated / (out + in)).as("octets a packet").isZero();
      for (DropCause cause : DropCause.values()) {
        assertThat(after.dropped(cause)).as("%s", cause).isZero();
      }
    }
  }

  @Test
  void norDoPacketsThatAreHandedFromOneThreadToAnother() {
    assumeTrue(LibCryptoAeadProvider.installed().isPresent(), "needs libcrypto");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    try (Arena arena = Arena.ofConfined();
        IpsecDataPath dataPath =
            new IpsecDataPath(LibCryptoAeadProvider.best(), new SilentListener(), 2)) {
      dataPath.attach(
          List.of(new InMemoryPoller(), new InMemoryPoller()),
          List.of(new InMemoryPoller(), new InMemoryPoller()));
      dataPath.addTunnel(
          List.of(new RepeatingTun(arena, frames()), new RepeatingTun(arena, frames())),
          new TunnelSettings(1438, 0));
      LoopbackPort first = new LoopbackPort();
      LoopbackPort second = new LoopbackPort();
      // What the pair of one queue sends arrives at the socket of the other.
      dataPath.addPort(
          DataPathRig.LOCAL,
          List.of(new CrossedPort(first, second), new CrossedPort(second, first)));
      for (int number = 2; number < 4; number++) {
        ChildSa sa = LoopbackPort.sa(number);
        dataPath.install(sa);
        dataPath.useOutbound(sa.inboundSpi());
      }
      turn(dataPath, WARM_UP_TURNS);
      TunnelCounters before = counters(dataPath);
      long thread = Thread.currentThread().threadId();
      long allocatedBefore = threads.getThreadAllocatedBytes(thread);

      turn(dataPath, MEASURED_TURNS / 2);

      long allocated = threads.getThreadAllocatedBytes(thread) - allocatedBefore;
      TunnelCounters after = counters(dataPath);
      assertThat(after.inboundPackets() - before.inboundPackets())
          .isGreaterThanOrEqualTo(MEASURED_PACKETS - 2 * PACKETS_PER_TURN);
      assertThat(allocated).isLessThan(OF_THE_MEASUREMENT);
      for (DropCause cause : DropCause.values()) {
        assertThat(after.dropped(cause)).as("%s", cause).isZero();
      }
    }
  }

  private static List<InMemoryTun.Frame> frames() {
    byte[] options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    byte[] mss = {2, 4, 0x23, 0};
    return List.of(
        tcpSuperPacket(Ip.v4(), options),
        tcpSuperPacket(Ip.v6(), options),
        TestPackets.superPacket(TestPackets.udp(Ip.v4(), 3, 4, TestPackets.payload(6_400, 3)), 640),
        TestPackets.superPacket(TestPackets.udp(Ip.v6(), 3, 4, TestPackets.payload(6_400, 4)), 640),
        InMemoryTun.Frame.whole(TestPackets.udp(Ip.v4(), 5, 6, TestPackets.payload(64, 5))),
        InMemoryTun.Frame.whole(TestPackets.udp(Ip.v6(), 5, 6, TestPackets.payload(64, 6))),
        InMemoryTun.Frame.whole(
            TestPackets.tcp(Ip.v4(), 1, TestPackets.ACK, TestPackets.payload(1000, 7))),
        InMemoryTun.Frame.whole(TestPackets.tcp(Ip.v6(), 1, TestPackets.SYN, mss, new byte[0])),
        // Two fragments of the router's own making.
        InMemoryTun.Frame.whole(
            TestPackets.udp(Ip.v4().mayFragment(), 7, 8, TestPackets.payload(2_000, 8))));
  }

  private static InMemoryTun.Frame tcpSuperPacket(Ip ip, byte[] options) {
    return TestPackets.superPacket(
        TestPackets.tcp(ip, 1, TestPackets.ACK, options, TestPackets.payload(13_000, 1)), 1300);
  }

  private static void turn(IpsecDataPath dataPath, int times) {
    for (int i = 0; i < times; i++) {
      dataPath.turnOutbound();
      dataPath.turnInbound();
    }
  }

  private static TunnelCounters counters(IpsecDataPath dataPath) {
    return dataPath.counters().tunnels().get(DataPathRig.TUNNEL);
  }

  /** Sends into one loop and receives from another, which are its own and its twin's. */
  private record CrossedPort(LoopbackPort sending, LoopbackPort receiving) implements DatagramPort {
    @Override
    public boolean isUdp() {
      return true;
    }

    @Override
    public int send(PacketBatch batch) {
      return sending.send(batch);
    }

    @Override
    public int receive(PacketBatch batch) {
      return receiving.receive(batch);
    }

    @Override
    public boolean sendOne(Octets datagram, Endpoint to, boolean dontFragment) {
      return false;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {
      sending.close();
    }
  }

  private static final class SilentListener implements DataPathListener {
    @Override
    public void saNotice(SaNotice notice) {}

    @Override
    public Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
      return null;
    }

    @Override
    public void forwardingFault(RuntimeException fault) {
      throw fault;
    }
  }
}
