package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.Poller;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The loop of one direction of a forwarding queue: commands from other threads first, then wait,
 * then a batch of everything that is ready. Since commands run between batches and each batch reads
 * the snapshot anew, whatever a command releases was last used before.
 */
final class ForwardingThread {
  /** What the direction does with whatever is ready. */
  interface Work {
    /**
     * @param ready how many of the poller's tokens are
     */
    void batch(Poller poller, int ready);

    /** Forgets whatever is half done. */
    void reset();
  }

  private static final int FOREVER = -1;

  private final String name;
  private final Work work;
  private final Runnable onStart;
  private final Consumer<RuntimeException> faults;
  private final Consumer<Throwable> ended;
  private final Queue<Consumer<Poller>> commands = new ConcurrentLinkedQueue<>();
  private final AtomicLong faultCount = new AtomicLong();
  private volatile @Nullable Poller poller;
  private volatile boolean stopping;
  private @Nullable Thread thread;

  /**
   * @param faults told of what costs a batch
   * @param ended told of what costs the thread
   */
  ForwardingThread(
      String name,
      Work work,
      Runnable onStart,
      Consumer<RuntimeException> faults,
      Consumer<Throwable> ended) {
    this.name = name;
    this.onStart = onStart;
    this.work = work;
    this.faults = faults;
    this.ended = ended;
  }

  /** Runs the command on this thread between two batches. Safe from any thread; never blocks. */
  void post(Consumer<Poller> command) {
    commands.add(command);
    wakeUp();
  }

  /** Makes the thread look at the snapshot soon. */
  void wakeUp() {
    Poller current = poller;
    if (current != null) {
      current.wakeUp();
    }
  }

  void attach(Poller owned) {
    poller = owned;
  }

  void start() {
    thread = Thread.ofPlatform().name(name).daemon().start(this::run);
  }

  /**
   * Ends the thread and runs what commands are left, in the caller.
   *
   * @return true if the caller was interrupted meanwhile
   */
  boolean stop() {
    stopping = true;
    wakeUp();
    boolean interrupted = false;
    Thread running = thread;
    while (running != null && running.isAlive()) {
      try {
        running.join();
      } catch (InterruptedException e) {
        // The buffers cannot be freed under a running thread, and it ends within a batch.
        interrupted = true;
      }
    }
    runLeft();
    return interrupted;
  }

  /**
   * Runs in the caller what commands are left to a thread that has ended.
   *
   * @return true if there were any
   */
  boolean runLeft() {
    Poller current = poller;
    return current != null && runCommands(current);
  }

  void closePoller() {
    Poller current = poller;
    if (current != null) {
      current.close();
    }
  }

  long faults() {
    return faultCount.get();
  }

  /** One round on the calling thread: what the thread does over and over. */
  void turn(int timeoutMillis) {
    Poller current = poller;
    if (current == null) {
      throw new IllegalStateException(name + " has no poller");
    }
    runCommands(current);
    work.batch(current, current.await(timeoutMillis));
  }

  private void run() {
    try {
      onStart.run();
      batches();
    } catch (Throwable cause) {
      // Without this thread packets go nowhere, whatever the control plane believes.
      ended.accept(cause);
      throw cause;
    }
  }

  private void batches() {
    while (!stopping) {
      try {
        turn(FOREVER);
      } catch (RuntimeException fault) {
        // A fault of our own costs the batch at hand, not the tunnels.
        faultCount.incrementAndGet();
        work.reset();
        faults.accept(fault);
      }
    }
  }

  private boolean runCommands(Poller current) {
    boolean any = false;
    for (Consumer<Poller> next = commands.poll(); next != null; next = commands.poll()) {
      next.accept(current);
      any = true;
    }
    return any;
  }
}
