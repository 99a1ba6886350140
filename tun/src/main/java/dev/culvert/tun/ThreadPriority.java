package dev.culvert.tun;

import dev.culvert.tun.sys.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How the kernel's scheduler treats the calling thread. {@link #realTime} and {@link #high} answer
 * false where the process lacks CAP_SYS_NICE; the thread then runs like any other.
 */
public final class ThreadPriority {
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_RR = 2;
  private static final int LOWEST_REAL_TIME = 1;
  private static final int HIGHEST_NICE = -20;
  private static final int LOW_NICE = 10;

  private ThreadPriority() {}

  /**
   * Before every ordinary thread, for one that does little and must do it on time: a BFD packet
   * that waits for a busy processor is a path declared dead.
   */
  public static boolean realTime() {
    return schedule(SCHED_RR, LOWEST_REAL_TIME);
  }

  /** Ends {@link #realTime}; the nice value counts again. */
  static void ordinary() {
    schedule(SCHED_OTHER, 0);
  }

  private static boolean schedule(int policy, int priority) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment parameter = arena.allocate(ValueLayout.JAVA_INT);
      parameter.set(ValueLayout.JAVA_INT, 0, priority);
      return SystemCalls.setThreadScheduler(policy, parameter) >= 0;
    }
  }

  /** The largest share of the processor, for threads that move packets. */
  public static boolean high() {
    return SystemCalls.setThreadNice(HIGHEST_NICE) >= 0;
  }

  /**
   * What other threads leave over, for work that is useful but can wait. Anybody may ask for it.
   */
  public static void low() {
    SystemCalls.setThreadNice(LOW_NICE);
  }
}
