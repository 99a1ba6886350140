package dev.culvert.lab.bench.measure;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Sends numbered datagrams at a pace, each a datagram of its own to the kernel (no UDP_SEGMENT), in
 * bursts of at most 16. Each begins with the number of the flow, its own and the time. Confined to
 * one thread.
 */
final class UdpSender {
  static final int FLOW = 0;
  static final int SEQUENCE = 4;
  static final int SENT_NANOS = 8;
  static final int HEADER = 16;

  static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final int BURST = 16;
  private static final int SLOT = 2048;

  /** What is missed by more than this is not caught up: a burst would tell of the sender alone. */
  private static final double CATCH_UP_SECONDS = 0.02;

  /** Beyond this rate it waits spinning: a sleep takes longer than many packets. */
  private static final double SPINNING_RATE = 200_000;

  private static final long SLEEP_NANOS = 50_000;

  private final DatagramPort port;
  private final PacketBatch batch;

  /**
   * What was handed to the kernel.
   *
   * @param numbers how many numbers were used
   * @param refused of them by this machine's kernel: they never left
   */
  record Sent(int numbers, int refused, double seconds) {
    int packets() {
      return numbers - refused;
    }

    double perSecond() {
      return packets() / seconds;
    }
  }

  UdpSender(DatagramPort port, Endpoint to, Arena arena) {
    this.port = port;
    this.batch = new PacketBatch(arena, BURST, SLOT, 0);
    long peer = Ipv6Address.mapped((Ipv4Address) to.address()).low();
    for (int i = 0; i < BURST; i++) {
      batch.peerLow[i] = peer;
      batch.peerPort[i] = to.port();
    }
  }

  /** Sends while {@code goOn} says so, at most {@code limit} packets. */
  Sent send(int flow, int payload, double perSecond, int limit, BooleanSupplier goOn) {
    for (int i = 0; i < BURST; i++) {
      batch.memory.set(INT, batch.offset[i] + FLOW, flow);
    }
    long start = System.nanoTime();
    double skipped = 0;
    int sent = 0;
    int refused = 0;
    while (sent < limit && goOn.getAsBoolean()) {
      double elapsed = (System.nanoTime() - start) / 1e9 - skipped;
      double due = elapsed * perSecond - sent;
      if (due < 1) {
        if (perSecond < SPINNING_RATE) {
          LockSupport.parkNanos(SLEEP_NANOS);
        }
        continue;
      }
      int count = (int) Math.min(Math.min(due, BURST), limit - sent);
      int taken = burst(sent, payload, count);
      int used = used(count);
      sent += used;
      refused += used - taken;
      double behind = ((System.nanoTime() - start) / 1e9 - skipped) - sent / perSecond;
      if (behind > CATCH_UP_SECONDS) {
        skipped += behind;
      }
    }
    return new Sent(sent, refused, (System.nanoTime() - start) / 1e9);
  }

  private int burst(int first, int payload, int count) {
    long now = System.nanoTime();
    for (int i = 0; i < count; i++) {
      // A port leaves zero where the kernel took nothing.
      batch.length[i] = Math.max(payload, HEADER);
      batch.memory.set(INT, batch.offset[i] + SEQUENCE, first + i);
      batch.memory.set(LONG, batch.offset[i] + SENT_NANOS, now);
    }
    batch.count = count;
    return port.send(batch);
  }

  /** Up to the last number the kernel took; those behind it are sent again. */
  private int used(int count) {
    int used = count;
    while (used > 0 && batch.length[used - 1] == 0) {
      used--;
    }
    return used;
  }
}
