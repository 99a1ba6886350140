package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.Poller;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One of the router's forwarding queues: a pipeline and a thread for each direction. SA pairs
 * belong to one for life ({@link SaPair#queue}); the queues of tunnel devices are read by the
 * outbound thread whose pair their packets need, and change hands as pairs come and go.
 *
 * <p>At every moment one outbound thread at most holds a {@link TunnelQueue}. Who is told that
 * another is to read it lets go of it first and then tells the other. Between a snapshot's being
 * published and that, a batch finds that the queue is no longer the holder's to read, and leaves it
 * alone.
 */
final class ForwardingQueue {
  /** A thread that was away from its queues for longer has waited for packets. */
  private static final long WAITED_NANOS = 100_000;

  final ForwardingThread outbound;
  final ForwardingThread inbound;
  final TrafficCounters unattributed = new TrafficCounters();

  private final int index;
  private final Supplier<ForwardingSnapshot> snapshots;
  private final OutboundPipeline outboundPipeline;
  private final InboundPipeline inboundPipeline;
  private final LongSupplier nanoTime;
  private final Passing passing;
  private final IntConsumer inboundWaker;
  private final IntConsumer outboundWaker;
  private final int queues;

  /** Tunnel queues in the hands of the outbound thread, by poll token; its own, as is all below. */
  private @Nullable TunnelQueue[] held = new @Nullable TunnelQueue[0];

  /** Tokens of queues in which packets wait, and which may have got an SA for them. */
  private final ArrayDeque<Integer> releaseDue = new ArrayDeque<>();

  /** To be run once the next batch is sent. */
  private final ArrayDeque<Runnable> afterBatch = new ArrayDeque<>();

  private long batchBeganAtNanos;
  private long batchEndedAtNanos;
  private long readyAtNanos;

  /** Where a tunnel queue goes that its holder lets go of. */
  interface Passing {
    void toReader(int reader, int token, TunnelQueue queue);

    /** It is nobody's from here on: its tunnel was removed. */
    void released(TunnelQueue queue);
  }

  /**
   * @param handovers by queue; empty where there is but one; likewise outboundHandovers
   * @param inboundWaker wakes the inbound thread of a queue; likewise outboundWaker
   */
  ForwardingQueue(
      int index,
      Arena arena,
      Handover[] handovers,
      OutboundHandover[] outboundHandovers,
      DataPathListener listener,
      LongSupplier nanoTime,
      Supplier<ForwardingSnapshot> snapshots,
      Passing passing,
      IntConsumer inboundWaker,
      IntConsumer outboundWaker) {
    this.index = index;
    this.snapshots = snapshots;
    this.nanoTime = nanoTime;
    this.passing = passing;
    this.inboundWaker = inboundWaker;
    this.outboundWaker = outboundWaker;
    this.queues = handovers.length;
    this.outboundPipeline =
        new OutboundPipeline(arena, index, outboundHandovers, listener, this::inject, nanoTime);
    this.inboundPipeline =
        new InboundPipeline(
            arena, index, handovers, inboundWaker, unattributed, listener, nanoTime);
    this.outbound = thread("forward-out-" + index, new Outbound(), listener);
    this.inbound = thread("forward-in-" + index, new Inbound(), listener);
  }

  private static ForwardingThread thread(
      String name, ForwardingThread.Work work, DataPathListener listener) {
    return new ForwardingThread(
        name, work, listener::threadStarted, listener::forwardingFault, listener::forwardingEnded);
  }

  /**
   * Those tunnel queues are not in the latest snapshot as they were before: whoever holds one looks
   * at it again. Safe from any thread, behind the publishing.
   */
  void changed(List<Integer> tokens) {
    outbound.post(poller -> {
      ForwardingSnapshot current = snapshots.get();
      for (int token : tokens) {
        compareHeld(poller, token, current);
      }
    });
  }

  /** The outbound thread reads that queue, or hands it on to who is to. Safe from any thread. */
  void adopt(int token, TunnelQueue queue) {
    outbound.post(poller -> adopt(poller, token, queue));
  }

  /** Runs behind what the outbound thread has still to send. Safe from any thread. */
  void afterOutbound(Runnable task) {
    outbound.post(poller -> {
      afterBatch.add(task);
      // The wait that follows must not be for packets: there may be none.
      poller.wakeUp();
    });
  }

  /** Lets go of what it is not to read; for the owner of a thread that has ended. */
  void letGo() {
    outbound.post(poller -> {
      ForwardingSnapshot current = snapshots.get();
      for (int token = 0; token < held.length; token++) {
        compareHeld(poller, token, current);
      }
    });
  }

  private void inject(TunnelUnit tunnel, byte[] packet) {
    inbound.post(poller -> {
      inboundPipeline.inject(tunnel, packet);
      // The next command may close the device.
      inboundPipeline.flush();
    });
  }

  private void adopt(Poller poller, int token, TunnelQueue queue) {
    ForwardingSnapshot snapshot = snapshots.get();
    // The token may have been another's, which is to go first.
    compareHeld(poller, token, snapshot);
    OutboundTunnel current = snapshot.tunnels().get(token);
    if (current == null || current.queue() != queue) {
      passing.released(queue);
    } else if (current.reader() != index) {
      passing.toReader(current.reader(), token, queue);
    } else {
      if (token >= held.length) {
        held = Arrays.copyOf(held, Math.max(token + 1, held.length * 2));
      }
      poller.add(queue.device, token);
      held[token] = queue;
      releaseSoon(poller, token, queue);
    }
  }

  /** Lets go of a queue that the snapshot gives to another, or to nobody. */
  private void compareHeld(Poller poller, int token, ForwardingSnapshot snapshot) {
    TunnelQueue queue = token < held.length ? held[token] : null;
    if (queue == null) {
      return;
    }
    OutboundTunnel current = snapshot.tunnels().get(token);
    if (current == null || current.queue() != queue) {
      letGo(poller, token, queue);
      passing.released(queue);
    } else if (current.reader() != index) {
      letGo(poller, token, queue);
      passing.toReader(current.reader(), token, queue);
    } else {
      releaseSoon(poller, token, queue);
    }
  }

  private void releaseSoon(Poller poller, int token, TunnelQueue queue) {
    if (queue.held.count() > 0) {
      releaseDue.add(token);
      // The wait that follows must not be for packets: there may be none.
      poller.wakeUp();
    }
  }

  private void letGo(Poller poller, int token, TunnelQueue queue) {
    poller.remove(queue.device);
    held[token] = null;
  }

  /**
   * The tunnel whose queue this thread holds at that token and is to read; null if there is none.
   */
  private @Nullable OutboundTunnel readable(int token, ForwardingSnapshot snapshot) {
    TunnelQueue queue = token < held.length ? held[token] : null;
    OutboundTunnel current = queue == null ? null : snapshot.tunnels().get(token);
    boolean isOurs = current != null && current.queue() == queue && current.reader() == index;
    return isOurs ? current : null;
  }

  private final class Outbound implements ForwardingThread.Work {
    @Override
    public void batch(Poller poller, int ready) {
      ForwardingSnapshot current = snapshots.get();
      long before = batchBeganAtNanos;
      long now = nanoTime.getAsLong();
      batchBeganAtNanos = now;
      if (now - batchEndedAtNanos > WAITED_NANOS) {
        readyAtNanos = now;
      }
      releaseHeld(current);
      outboundPipeline.takeOver(current, now);
      for (int i = 0; i < ready; i++) {
        int token = poller.readyToken(i);
        OutboundTunnel tunnel = readable(token, current);
        if (tunnel != null) {
          outboundPipeline.forward(tunnel, token, emptyBefore(tunnel.queue(), before), now);
        }
      }
      outboundPipeline.flush();
      wakeOthers();
      while (!afterBatch.isEmpty()) {
        afterBatch.remove().run();
      }
      batchEndedAtNanos = nanoTime.getAsLong();
    }

    private void releaseHeld(ForwardingSnapshot current) {
      while (!releaseDue.isEmpty()) {
        int token = releaseDue.remove();
        OutboundTunnel tunnel = readable(token, current);
        if (tunnel != null) {
          outboundPipeline.releaseHeld(tunnel, token);
        }
      }
    }

    private void wakeOthers() {
      for (int other = 0; other < queues; other++) {
        if (outboundPipeline.hasHandedTo(other)) {
          outboundWaker.accept(other);
        }
      }
    }

    /** What was not ready when the last batch began had nothing in it. */
    private long emptyBefore(TunnelQueue queue, long lastBatch) {
      return queue.readAtNanos == lastBatch ? readyAtNanos : Math.max(readyAtNanos, lastBatch);
    }

    @Override
    public void reset() {
      outboundPipeline.reset();
      wakeOthers();
      if (!afterBatch.isEmpty()) {
        // The fault took their batch.
        outbound.wakeUp();
      }
    }
  }

  private final class Inbound implements ForwardingThread.Work {
    @Override
    public void batch(Poller poller, int ready) {
      ForwardingSnapshot current = snapshots.get();
      long now = nanoTime.getAsLong();
      inboundPipeline.takeOver(current, now);
      for (int i = 0; i < ready; i++) {
        WirePort port = current.ports().get(poller.readyToken(i));
        if (port != null) {
          inboundPipeline.receive(port, current, now);
        }
      }
      inboundPipeline.flush();
      wakeOthers();
    }

    @Override
    public void reset() {
      inboundPipeline.reset();
      wakeOthers();
    }

    private void wakeOthers() {
      for (int other = 0; other < queues; other++) {
        if (inboundPipeline.hasHandedTo(other)) {
          inboundWaker.accept(other);
        }
      }
    }
  }
}
