package dev.culvert.daemon.bfd;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEngine;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.NanoClock;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * A BFD thread with its peer at the other end of a wire, in virtual time: while the thread waits
 * for its socket, the peer runs. Makes no garbage either once both are up.
 */
final class BfdWorld implements Poller, NanoClock {
  private static final InterfaceName LINK = InterfaceName.of("st0.0");
  private static final Ipv4Address OURS = Ipv4Address.of("10.0.0.1");
  private static final Ipv4Address THEIRS = Ipv4Address.of("10.0.0.2");
  private static final long MILLISECOND = 1_000_000;
  private static final int TTL = 255;

  /** What the socket's buffer holds. */
  private static final int ROOM = 64;

  final List<BfdAction.StateChanged> changes = new ArrayList<>();
  final BfdThread thread;
  private final BfdEngine peer = new BfdEngine(new SplittableRandom(2));
  private final byte[][] inbox = new byte[ROOM][ControlPacket.LENGTH];
  private final byte[] outgoing = new byte[ControlPacket.LENGTH];
  private final ActionSink<BfdAction> wire = this::carry;
  private final Ipv6Address ours = Ipv6Address.mapped(OURS);
  private final Ipv6Address theirs = Ipv6Address.mapped(THEIRS);
  private final CountDownLatch over = new CountDownLatch(1);
  private final Semaphore wakeUps = new Semaphore(0);
  private final List<Throwable> ends = new ArrayList<>();
  private int waiting;
  private long now = Duration.ofDays(20_000).toNanos();
  private long turns;
  private long lastTurn = Long.MAX_VALUE;
  private Runnable onTurn = () -> {};
  private boolean peerIsSilent;

  /** Ours is told to be patient by a high multiplier: the peer never gives up on us. */
  BfdWorld() {
    thread =
        new BfdThread(
            new InstanceBarrier<>(
                "bfd",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::bfd),
                () -> new BfdEngine(new SplittableRandom(1))),
            this,
            this,
            new EngineThread.Rim<>() {
              @Override
              public void perform(BfdAction action) {
                BfdWorld.this.perform(action);
              }

              @Override
              public void failed(InstanceFault fault) {
                ends.add(fault.cause());
              }
            },
            this::receive,
            fault -> ends.add(fault.cause()));
    thread.watch(new Wire(), () -> receive(now));
    thread.submit(configured(new LivenessTarget(LINK, OURS, THEIRS), 200));
    peer.handle(configured(new LivenessTarget(LINK, THEIRS, OURS), 3), instant(), wire);
  }

  private static BfdEvent configured(LivenessTarget target, int multiplier) {
    return new BfdEvent.SessionConfigured(
        target, new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), multiplier));
  }

  /** The thread turns so many times; at each turn that is run first, on the thread. */
  void run(long count, Runnable each) throws InterruptedException {
    onTurn = each;
    lastTurn = count;
    thread.start();
    over.await();
    if (!ends.isEmpty()) {
      throw new AssertionError(ends.getFirst());
    }
  }

  long turn() {
    return turns;
  }

  void silencePeer() {
    peerIsSilent = true;
  }

  /** The thread stands still; its socket fills, and nobody has told it. */
  void holdUp(Duration time) {
    pass(now + time.toNanos());
  }

  /** Time goes by for the peer. */
  private void pass(long until) {
    for (long due = peer.nextDeadlineNanos(); due <= until; due = peer.nextDeadlineNanos()) {
      now = Math.max(now, due);
      peer.advance(now, wire);
    }
    now = Math.max(now, until);
  }

  private void carry(BfdAction action) {
    if (action instanceof BfdAction.SendPacket send && !peerIsSilent && waiting < ROOM) {
      send.payload().copyTo(inbox[waiting++], 0);
    }
  }

  private void receive(long at) {
    int count = waiting;
    waiting = 0;
    for (int i = 0; i < count; i++) {
      byte[] packet = inbox[i];
      if (!thread.repeats(
          LINK, theirs.high(), theirs.low(), TTL, packet, ControlPacket.LENGTH, at)) {
        thread.take(
            new BfdEvent.PacketReceived(LINK, THEIRS, OURS, TTL, Octets.copyOf(packet)),
            NanoClock.instant(at));
      }
    }
  }

  private void perform(BfdAction action) {
    switch (action) {
      case BfdAction.SendPacket send -> {
        send.payload().copyTo(outgoing, 0);
        if (!peer.repeats(
            LINK, ours.high(), ours.low(), TTL, outgoing, ControlPacket.LENGTH, now)) {
          peer.handle(
              new BfdEvent.PacketReceived(LINK, OURS, THEIRS, TTL, send.payload()),
              instant(),
              wire);
        }
      }
      case BfdAction.StateChanged change -> changes.add(change);
      case BfdAction.OpenInterface open -> {}
      case BfdAction.CloseInterface close -> {}
      case BfdAction.Report report -> {}
    }
  }

  @Override
  public int await(int timeoutMillis) {
    if (turns >= lastTurn) {
      over.countDown();
      wakeUps.acquireUninterruptibly();
      return 0;
    }
    turns++;
    long before = now;
    onTurn.run();
    if (now != before) {
      // What came meanwhile came after the look at the socket.
      return 0;
    }
    if (waiting == 0) {
      long until = timeoutMillis < 0 ? Long.MAX_VALUE : now + timeoutMillis * MILLISECOND;
      pass(Math.min(until, Math.max(now, peer.nextDeadlineNanos())));
    }
    return waiting == 0 ? 0 : 1;
  }

  @Override
  public int readyToken(int index) {
    return 0;
  }

  @Override
  public boolean isReady(int token) {
    return waiting > 0;
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public Instant instant() {
    return NanoClock.instant(now);
  }

  @Override
  public void add(Pollable pollable, int token) {}

  @Override
  public void remove(Pollable pollable) {}

  @Override
  public void wakeUp() {
    wakeUps.release();
  }

  @Override
  public void close() {}

  /** Ends the thread. */
  void end() {
    thread.close();
  }

  /** Stands for the socket. */
  private static final class Wire implements Pollable {
    @Override
    public int fileDescriptor() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
