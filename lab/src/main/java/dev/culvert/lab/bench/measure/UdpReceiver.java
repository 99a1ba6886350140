package dev.culvert.lab.bench.measure;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.lab.bench.contender.BenchPath;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;

/** Counts what arrives of one flow, on a thread of its own. */
final class UdpReceiver {
  /** Silence after which nothing more is expected, once the sender has ended. */
  private static final int SILENCE_MILLIS = 200;

  private static final int SLOTS = 32;
  private static final int SLOT = 65_536;

  private final UdpPort port;
  private final EpollPoller poller;
  private final int flow;
  private final SequenceLog log;
  private final Thread thread;
  private volatile boolean senderEnded;

  private UdpReceiver(UdpPort port, EpollPoller poller, int flow, SequenceLog log) {
    this.port = port;
    this.poller = poller;
    this.flow = flow;
    this.log = log;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("receiver")
            .start(() -> {
              SystemCalls.setThreadNice(BenchPath.NICE);
              receive();
            });
  }

  /** Starts to receive. The poller watches that port and nothing else. */
  static UdpReceiver start(UdpPort port, EpollPoller poller, int flow, SequenceLog log) {
    return new UdpReceiver(port, poller, flow, log);
  }

  /** Waits for what is still under way and returns the log. */
  SequenceLog finish() throws InterruptedException {
    senderEnded = true;
    thread.join();
    return log;
  }

  private void receive() {
    try (Arena arena = Arena.ofConfined()) {
      PacketBatch batch = new PacketBatch(arena, SLOTS, SLOT, 0);
      while (true) {
        boolean last = senderEnded;
        if (poller.await(SILENCE_MILLIS) == 0 && last) {
          return;
        }
        while (port.receive(batch) > 0) {
          count(batch);
        }
      }
    }
  }

  private void count(PacketBatch batch) {
    long now = System.nanoTime();
    for (int i = 0; i < batch.count; i++) {
      int end = batch.offset[i] + batch.length[i];
      int step = batch.segmentSize[i] > 0 ? batch.segmentSize[i] : batch.length[i];
      for (int at = batch.offset[i]; at + UdpSender.HEADER <= end; at += step) {
        if (batch.memory.get(UdpSender.INT, at + UdpSender.FLOW) == flow) {
          long sent = batch.memory.get(UdpSender.LONG, at + UdpSender.SENT_NANOS);
          log.arrived(batch.memory.get(UdpSender.INT, at + UdpSender.SEQUENCE), now - sent);
        }
      }
    }
  }
}
