package dev.culvert.tun;

import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.forwarding.Poller;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.SystemCallException;
import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * A poller whose thread is woken at once, whatever else wants the processor, as long as it does
 * little: it runs in real time while it uses less than a tenth of a processor and is woken less
 * than a thousand times a second, and as an ordinary thread otherwise, so that a flood cannot take
 * the machine away from everybody else.
 *
 * <p>The bounds are that low for the sake of throughput too. A thread that is woken for each packet
 * finds one packet a turn, where a little patience would have brought it many: in real time up to
 * half of a processor, a stream of TCP on two processors cost a fifth more of them, be it the
 * thread of its data or the one of its acknowledgments.
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

  /** Above that part of a window a thread is ordinary. */
  private static final int BUSY_DIVISOR = 10;

  /** Above one turn in that time likewise. */
  static final long TURN_NANOS = 1_000_000;

  /**
   * Prompt again after that long below the half of both. An ordinary thread takes more a turn and
   * so seems to do little: without a pause it would go to and fro.
   */
  static final long CALM_NANOS = 1_000_000_000;

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
  private final BooleanSupplier isNeeded;
  private boolean started;
  private boolean refused;
  private boolean isPrompt;
  private long windowStart;
  private long usedAtStart;
  private long turns;

  /** Since when an ordinary thread has done little. */
  private long calmSince;

  PromptPoller(Poller poller, Scheduling scheduling, LongSupplier clock, BooleanSupplier isNeeded) {
    this.poller = poller;
    this.scheduling = scheduling;
    this.clock = clock;
    this.isNeeded = isNeeded;
  }

  public static PromptPoller open() throws SystemCallException {
    return open(() -> true);
  }

  /**
   * @param isNeeded whether anything that the thread does is in a hurry; asked at each turn. The
   *     thread is ordinary while nothing is
   */
  public static PromptPoller open(BooleanSupplier isNeeded) throws SystemCallException {
    return new PromptPoller(EpollPoller.open(), new OwnThread(), System::nanoTime, isNeeded);
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
    if (refused || (!isPrompt && !isNeeded.getAsBoolean())) {
      return;
    }
    long now = clock.getAsLong();
    if (!started) {
      started = true;
      isPrompt = scheduling.realTime();
      refused = !isPrompt;
      begin(now);
    }
    turns++;
    long elapsed = now - windowStart;
    if (refused || elapsed < WINDOW_NANOS) {
      return;
    }
    long used = scheduling.usedNanos() - usedAtStart;
    // How much of what a prompt thread may do; 1 is the bound.
    double load = Math.max((double) used * BUSY_DIVISOR, (double) turns * TURN_NANOS) / elapsed;
    if (isPrompt && (load > 1 || !isNeeded.getAsBoolean())) {
      scheduling.ordinary();
      isPrompt = false;
    }
    if (load >= 0.5) {
      calmSince = now;
    } else if (!isPrompt && isNeeded.getAsBoolean() && now - calmSince >= CALM_NANOS) {
      isPrompt = scheduling.realTime();
    }
    begin(now);
  }

  private void begin(long now) {
    windowStart = now;
    turns = 0;
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
