package dev.culvert.daemon.bfd;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEngine;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.NanoClock;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The {@code bfd} thread. What it does many times a second for each session makes no garbage: the
 * router would spend it on collections, and the more sessions the sooner.
 */
final class BfdThread extends EngineThread<BfdEngine, BfdEvent, BfdAction> {
  private final NanoClock clock;
  private final LongConsumer sockets;

  /**
   * @param sockets hands over, as of the instant given in nanoseconds, all that had arrived by then
   */
  BfdThread(
      InstanceBarrier<BfdEngine, BfdEvent, BfdAction> barrier,
      Poller poller,
      NanoClock clock,
      Rim<BfdEvent, BfdAction> rim,
      LongConsumer sockets,
      Consumer<InstanceFault> end) {
    super("bfd", barrier, poller, clock, rim, end);
    this.clock = clock;
    this.sockets = sockets;
  }

  /** As {@link BfdEngine#repeats}; false also while there is no engine to ask. */
  boolean repeats(
      InterfaceName in,
      long sourceHigh,
      long sourceLow,
      int ttl,
      byte[] packet,
      int length,
      long now) {
    if (!isSteady()) {
      return false;
    }
    try {
      return engine().repeats(in, sourceHigh, sourceLow, ttl, packet, length, now);
    } catch (RuntimeException e) {
      over(barrier().blame(e, now()));
    } catch (Error e) {
      over(barrier().blame(e, now()));
    }
    return true;
  }

  private boolean isSteady() {
    return barrier().isDirect() && !barrier().isDown();
  }

  @Override
  protected long nanosUntilDue() {
    if (!isSteady()) {
      return super.nanosUntilDue();
    }
    long next = engine().nextDeadlineNanos();
    return next == BfdEngine.NEVER ? NEVER : next - clock.nanos();
  }

  @Override
  protected void onDue() {
    if (!isSteady()) {
      super.onDue();
      return;
    }
    try {
      advance(clock.nanos());
    } catch (RuntimeException e) {
      over(barrier().blame(e, now()));
    } catch (Error e) {
      over(barrier().blame(e, now()));
    }
  }

  /**
   * This thread may have been held up, and the peers not: before a path is called dead, whatever
   * had come by the instant of that judgement is taken.
   */
  private void advance(long now) {
    if (engine().isExpiring(now)) {
      sockets.accept(now);
    }
    if (isSteady()) {
      engine().advance(now, sink());
    }
  }
}
