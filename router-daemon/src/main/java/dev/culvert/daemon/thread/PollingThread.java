package dev.culvert.daemon.thread;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.engine.barrier.InstanceFault;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that owns things: it waits on descriptors and on a queue of tasks, and no lock is needed
 * for what only its tasks touch. {@link #run} and {@link #ask} are safe from any thread; the rest
 * says where it may be called.
 */
public class PollingThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PollingThread.class);

  /** Tokens of the poller: more interfaces than a router has, with a socket each. */
  private static final int MAX_WATCHED = 16_384;

  /** Tasks may go on for that long before descriptors and deadlines have their turn again. */
  private static final long SLICE_NANOS = 5_000_000;

  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private static final class Watch {
    final int token;
    final Runnable onReadable;
    boolean ended;

    Watch(int token, Runnable onReadable) {
      this.token = token;
      this.onReadable = onReadable;
    }
  }

  /** Of {@link #nanosUntilDue}. */
  protected static final long NEVER = Long.MAX_VALUE;

  private final Poller poller;
  private final InstantSource clock;
  private final String name;
  private final Consumer<InstanceFault> end;
  private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong faults = new AtomicLong();
  private final IdentityHashMap<Pollable, Watch> watches = new IdentityHashMap<>();

  /** The same by token, with gaps. */
  private @Nullable Watch[] byToken = new @Nullable Watch[16];

  private final PriorityQueue<Integer> freeTokens = new PriorityQueue<>();
  private int nextToken;

  /** What the turn at hand has found readable. */
  private @Nullable Watch[] ready = new @Nullable Watch[16];

  /** Made once: a turn makes no garbage of its own. */
  private final Runnable due = this::onDue;

  private volatile @Nullable Thread thread;
  private volatile boolean stopping;

  /**
   * @param end told of what ends the thread before its time; what it owned is lost, and the process
   *     should not survive it
   */
  public PollingThread(
      String name, Poller poller, InstantSource clock, Consumer<InstanceFault> end) {
    this.poller = poller;
    this.clock = clock;
    this.name = name;
    this.end = end;
  }

  public final void start() {
    Thread started = Thread.ofPlatform().name(name).daemon().unstarted(this::loop);
    thread = started;
    started.start();
  }

  /** Runs something on this thread, in order with all else. */
  public final void run(Runnable task) {
    queue.add(task);
    if (!Thread.currentThread().equals(thread)) {
      poller.wakeUp();
    }
  }

  /** Asks for state that this thread owns. */
  public final <T> CompletableFuture<T> ask(Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    if (stopping) {
      answer.completeExceptionally(new RejectedExecutionException(name + " stops"));
      return answer;
    }
    run(() -> {
      try {
        answer.complete(question.get());
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    });
    return answer;
  }

  /** Calls back whenever the descriptor is readable. On this thread, or before {@link #start}. */
  public final void watch(Pollable pollable, Runnable onReadable) {
    Integer free = freeTokens.poll();
    int token = free == null ? nextToken : free;
    if (token >= MAX_WATCHED) {
      throw new IllegalStateException("more than " + MAX_WATCHED + " sockets on one thread");
    }
    if (free == null) {
      nextToken++;
      if (token == byToken.length) {
        byToken = Arrays.copyOf(byToken, 2 * token);
      }
    }
    Watch watch = new Watch(token, onReadable);
    byToken[token] = watch;
    watches.put(pollable, watch);
    poller.add(pollable, token);
  }

  /** Ends {@link #watch}; on this thread only. The descriptor stays open. */
  public final void unwatch(Pollable pollable) {
    Watch ended = watches.remove(pollable);
    if (ended != null) {
      ended.ended = true;
      byToken[ended.token] = null;
      freeTokens.add(ended.token);
      poller.remove(pollable);
    }
  }

  /** Exceptions that tasks let out, each a bug of ours. */
  public final long faults() {
    return faults.get();
  }

  protected final Instant now() {
    return clock.instant();
  }

  /** When {@link #onDue} is to be called next; null for never. */
  protected @Nullable Instant nextDue() {
    return null;
  }

  /** The time until {@link #nextDue}; {@link #NEVER} for never, negative if it is over. */
  protected long nanosUntilDue() {
    Instant next = nextDue();
    return next == null ? NEVER : Duration.between(clock.instant(), next).toNanos();
  }

  /** Called after every turn. */
  protected void onDue() {}

  /** Ends the thread after what is queued; waits a few seconds at most. */
  @Override
  public final void close() {
    stopping = true;
    poller.wakeUp();
    Thread running = thread;
    if (running == null || running.equals(Thread.currentThread())) {
      return;
    }
    try {
      if (running.isAlive() && !running.join(STOP_PATIENCE)) {
        LOG.error("THREAD_STUCK thread={}", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    try {
      while (!stopping) {
        turn();
      }
      drain(Long.MAX_VALUE);
    } catch (Throwable thrown) {
      end.accept(lastWords(thrown));
      throw thrown;
    } finally {
      poller.close();
    }
  }

  private void turn() {
    int count = poller.await(timeoutMillis());
    if (count > ready.length) {
      ready = new @Nullable Watch[count];
    }
    for (int i = 0; i < count; i++) {
      ready[i] = byToken[poller.readyToken(i)];
    }
    for (int i = 0; i < count; i++) {
      Watch watch = ready[i];
      ready[i] = null;
      // What was called before may have ended it.
      if (watch != null && !watch.ended) {
        guarded(watch.onReadable);
      }
    }
    drain(SLICE_NANOS);
    guarded(due);
  }

  /** One task at least; what is left keeps {@link #timeoutMillis} at zero. */
  private void drain(long nanos) {
    long since = System.nanoTime();
    for (Runnable task = queue.poll(); task != null; task = queue.poll()) {
      guarded(task);
      if (System.nanoTime() - since >= nanos) {
        return;
      }
    }
  }

  private int timeoutMillis() {
    if (!queue.isEmpty()) {
      return 0;
    }
    long nanos = nanosUntilDue();
    if (nanos == NEVER) {
      return -1;
    }
    return nanos <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000);
  }

  /**
   * Runs what does its work on its own: an exception there is our bug, told and counted, and the
   * rest lives on. An error ends the thread.
   */
  protected final void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      fault(e);
    }
  }

  /** Tells and counts an exception that is our bug. */
  protected final void fault(RuntimeException e) {
    faults.incrementAndGet();
    LOG.error("THREAD_FAULT thread={}", name, e);
  }

  /** What is known when the thread ends by that. */
  protected InstanceFault lastWords(Throwable thrown) {
    return new InstanceFault(name, now(), thrown, List.of());
  }
}
