package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import java.lang.foreign.Arena;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

class UdpSenderTest {
  private static final int PACKETS = 1000;

  /** More than can be sent, so that it never waits. */
  private static final double UNPACED = 1e12;

  @Test
  void whatAFullQueueTurnsAwayIsSentAgain() {
    Kernel kernel = new Kernel(call -> call % 3 == 0, 5, true);
    UdpSender.Sent sent = send(kernel);
    assertThat(kernel.taken).hasSize(PACKETS).contains(0, PACKETS - 1);
    assertThat(sent.packets()).isEqualTo(PACKETS);
    assertThat(sent.refused()).isZero();
    assertThat(kernel.empty).isZero();
  }

  @Test
  void aSingleRefusedPacketWasNeverSent() {
    Kernel kernel = new Kernel(call -> call == 2, 5, false);
    UdpSender.Sent sent = send(kernel);
    assertThat(sent.numbers()).isEqualTo(PACKETS);
    assertThat(sent.refused()).isEqualTo(1);
    assertThat(sent.packets()).isEqualTo(kernel.taken.size());
    assertThat(kernel.empty).isZero();
  }

  private static UdpSender.Sent send(Kernel kernel) {
    try (Arena arena = Arena.ofConfined()) {
      Endpoint to = new Endpoint(Ipv4Address.of("10.2.0.2"), 6000);
      return new UdpSender(kernel, to, arena).send(1, 64, UNPACED, PACKETS, () -> true);
    }
  }

  /** Refuses, in some calls, one packet or all from it on. */
  private static final class Kernel implements DatagramPort {
    private final TreeSet<Integer> taken = new TreeSet<>();
    private final IntPredicate refusing;
    private final int refused;
    private final boolean andAllBehind;
    private int calls;
    private int empty;

    Kernel(IntPredicate refusing, int refused, boolean andAllBehind) {
      this.refusing = refusing;
      this.refused = refused;
      this.andAllBehind = andAllBehind;
    }

    @Override
    public int send(PacketBatch batch) {
      boolean refuses = refusing.test(++calls);
      int count = 0;
      for (int i = 0; i < batch.count; i++) {
        if (batch.length[i] == 0) {
          empty++;
        }
        if (refuses && (andAllBehind ? i >= refused : i == refused)) {
          batch.length[i] = 0;
        } else {
          taken.add(batch.memory.get(UdpSender.INT, batch.offset[i] + UdpSender.SEQUENCE));
          count++;
        }
      }
      return count;
    }

    @Override
    public boolean isUdp() {
      return true;
    }

    @Override
    public int receive(PacketBatch batch) {
      return 0;
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
    public void close() {}
  }
}
