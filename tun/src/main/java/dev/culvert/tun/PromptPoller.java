package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongSupplier;

/**
 * A poller whose thread is woken at once, whatever else wants the processor, as long as it does
 * little: it runs in real time while it uses less than a tenth of a processor, and as an ordinary
 * thread while it uses more, so that a flood cannot take the machine away from everybody else.
 *
 * <p>The bound is that low for the sake of throughput too. A thread that moves much and is woken
 * for each packet finds one packet a turn, where a little patience would have brought it many: in
 * real time up to half of a processor, a stream of TCP on two processors cost a fifth more of them.
 *
 * <p>A nice value is no substitute. Linux weighs by it who runs for how long, and not who runs
 * next: on two processors with a load of 16, a thread of nice -20 that was woken for a little work
 * waited for 50 ms one time in a hundred, and for 190 ms one time in a thousand; in real time it
 * never waited for a whole one. A path that is watched every 50 ms is lost by that.
 *
 * <p>Without CAP_SYS_NICE the thread stays what it is. Its nice value is left alone.
 */
public final class PromptPoller implements Poller {
  /** What a thread may keep for itself at the most before somebody looks. */
  static final long WINDOW_NANOS = 20_000_000;

  /** Above that part of a window a thread is ordinary, below the half of it prompt again. */
  private static final int BUSY_DIVISOR = 10;

  private static final int IDLE_DIVISOR = 20;

  /** The calling thread, as the kernel's scheduler sees it. */
  interface Scheduling {
    /** False if it is not allowed. */
    boolean realTime();

    void ordinary();

    /** Processor time that the thread has used. */
    long usedNanos();
  }

  private final Poller poller;
  private final Scheduling scheduling;
  private final LongSupplier clock;
  private boolean started;
  private boolean refused;
  private boolean isPrompt;
  private long windowStart;
  private long usedAtStart;

  PromptPoller(Poller poller, Scheduling scheduling, LongSupplier clock) {
    this.poller = poller;
    this.scheduling = scheduling;
    this.clock = clock;
  }

  public static PromptPoller open() throws SystemCallException {
    return new PromptPoller(EpollPoller.open(), new OwnThread(), System::nanoTime);
  }

  /** Whether the thread runs in real time now. On the thread itself. */
  public boolean isPrompt() {
    return isPrompt;
  }

  @Override
  public int await(int timeoutMillis) {
    settle();
    return poller.await(timeoutMillis);
  }

  private void settle() {
    long now = clock.getAsLong();
    if (!started) {
      started = true;
      isPrompt = scheduling.realTime();
      refused = !isPrompt;
      begin(now);
    }
    long elapsed = now - windowStart;
    if (refused || elapsed < WINDOW_NANOS) {
      return;
    }
    long used = scheduling.usedNanos() - usedAtStart;
    if (isPrompt && used > elapsed / BUSY_DIVISOR) {
      scheduling.ordinary();
      isPrompt = false;
    } else if (!isPrompt && used < elapsed / IDLE_DIVISOR) {
      isPrompt = scheduling.realTime();
    }
    begin(now);
  }

  private void begin(long now) {
    windowStart = now;
    usedAtStart = scheduling.usedNanos();
  }

  @Override
  public void add(Pollable pollable, int token) {
    poller.add(pollable, token);
  }

  @Override
  public void remove(Pollable pollable) {
    poller.remove(pollable);
  }

  @Override
  public int readyToken(int index) {
    return poller.readyToken(index);
  }

  @Override
  public boolean isReady(int token) {
    return poller.isReady(token);
  }

  @Override
  public void wakeUp() {
    poller.wakeUp();
  }

  @Override
  public void close() {
    poller.close();
  }

  /** Whichever thread calls. */
  private static final class OwnThread implements Scheduling {
    private static final long PER_SECOND = 1_000_000_000;

    private final MemorySegment time = Arena.ofAuto().allocate(2 * Long.BYTES, Long.BYTES);

    @Override
    public boolean realTime() {
      return ThreadPriority.realTime();
    }

    @Override
    public void ordinary() {
      ThreadPriority.ordinary();
    }

    @Override
    public long usedNanos() {
      SystemCalls.clockGetTime(Linux.CLOCK_THREAD_CPUTIME_ID, time);
      return time.get(ValueLayout.JAVA_LONG, 0) * PER_SECOND
          + time.get(ValueLayout.JAVA_LONG, Long.BYTES);
    }
  }
}
