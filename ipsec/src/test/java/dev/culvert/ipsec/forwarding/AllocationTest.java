package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.forwarding.TestPackets.Ip;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaNotice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both directions in steady state, measured by the thread's own allocation counter. */
class AllocationTest {
  private static final int WARM_UP_TURNS = 12_000;
  private static final int MEASURED_TURNS = 3_000;

  @Test
  void forwardingAllocatesNothingPerPacketInEitherDirection() {
    assumeTrue(LibCryptoAeadProvider.installed().isPresent(), "needs libcrypto");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    byte[] options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};
    List<InMemoryTun.Frame> frames =
        List.of(
            tcpSuperPacket(Ip.v4(), options),
            tcpSuperPacket(Ip.v6(), options),
            TestPackets.superPacket(
                TestPackets.udp(Ip.v4(), 3, 4, TestPackets.payload(6_400, 3)), 640),
            TestPackets.superPacket(
                TestPackets.udp(Ip.v6(), 3, 4, TestPackets.payload(6_400, 4)), 640),
            InMemoryTun.Frame.whole(TestPackets.udp(Ip.v4(), 5, 6, TestPackets.payload(64, 5))),
            InMemoryTun.Frame.whole(
                TestPackets.tcp(
                    Ip.v6(), 1, TestPackets.SYN, new byte[] {2, 4, 0x23, 0}, new byte[0])));
    try (Arena arena = Arena.ofConfined();
        IpsecDataPath dataPath =
            new IpsecDataPath(LibCryptoAeadProvider.best(), new SilentListener())) {
      RepeatingTun tun = new RepeatingTun(arena, frames);
      dataPath.attach(new InMemoryPoller(), new InMemoryPoller());
      dataPath.addTunnel(tun, new TunnelSettings(1438, 0));
      dataPath.addPort(DataPathRig.LOCAL, new LoopbackPort());
      ChildSa sa = LoopbackPort.sa(1);
      dataPath.install(sa);
      dataPath.useOutbound(sa.inboundSpi());
      turn(dataPath, WARM_UP_TURNS);
      long packetsBefore = packets(dataPath);
      long thread = Thread.currentThread().threadId();
      long before = threads.getThreadAllocatedBytes(thread);

      turn(dataPath, MEASURED_TURNS);

      long allocated = threads.getThreadAllocatedBytes(thread) - before;
      long packets = packets(dataPath) - packetsBefore;
      assertThat(packets).isGreaterThan(100_000);
      // What the measurement itself allocates is a few hundred octets, whatever the packets.
      assertThat(allocated).as("octets for %d packets", packets).isLessThan(packets / 20);
      assertThat(dataPath.counters().tunnels().get(DataPathRig.TUNNEL).drops())
          .allSatisfy((cause, count) -> assertThat(count).as("%s", cause).isZero());
    }
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

  private static long packets(IpsecDataPath dataPath) {
    return dataPath.counters().tunnels().get(DataPathRig.TUNNEL).inboundPackets();
  }

  /** The same frames at every read; what is written vanishes. */
  private static final class RepeatingTun implements TunQueue {
    private final MemorySegment[] packets;
    private final InMemoryTun.Frame[] frames;

    RepeatingTun(Arena arena, List<InMemoryTun.Frame> frames) {
      this.frames = frames.toArray(new InMemoryTun.Frame[0]);
      this.packets = new MemorySegment[this.frames.length];
      for (int i = 0; i < packets.length; i++) {
        packets[i] = arena.allocate(this.frames[i].packet().length);
        packets[i].copyFrom(MemorySegment.ofArray(this.frames[i].packet()));
      }
    }

    @Override
    public InterfaceName interfaceName() {
      return DataPathRig.TUNNEL;
    }

    @Override
    public int read(PacketBatch batch) {
      for (int i = 0; i < frames.length; i++) {
        InMemoryTun.Frame frame = frames[i];
        int length = (int) packets[i].byteSize();
        MemorySegment.copy(packets[i], 0, batch.memory, batch.offset[i], length);
        batch.length[i] = length;
        batch.gsoType[i] = frame.gsoType();
        batch.segmentSize[i] = frame.segmentSize();
        batch.checksumStart[i] = frame.checksumStart();
        batch.checksumOffset[i] = frame.checksumOffset();
      }
      batch.count = frames.length;
      return batch.count;
    }

    @Override
    public int write(PacketBatch batch) {
      return batch.count;
    }

    @Override
    public int fileDescriptor() {
      return -1;
    }

    @Override
    public void close() {}
  }

  private static final class SilentListener implements DataPathListener {
    @Override
    public void saNotice(SaNotice notice) {}

    @Override
    public void ikeDatagram(
        dev.culvert.core.net.Endpoint local,
        dev.culvert.core.net.Endpoint remote,
        Octets message) {}

    @Override
    public void forwardingFault(RuntimeException fault) {
      throw fault;
    }
  }
}
