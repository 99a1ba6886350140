package dev.culvert.lab.net;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for what programs outside this process bring about, by looking again and again. */
public final class Await {
  private static final long LOOK_EVERY_MILLIS = 20;

  private Await() {}

  /** Something that may fail while it is not there yet; a failure counts as "not yet". */
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** Returns as soon as the condition holds. */
  public static void until(Duration limit, Condition condition) {
    until(limit, "the condition", condition);
  }

  /** Returns as soon as the condition holds; {@code what} names it if it never does. */
  public static void until(Duration limit, String what, Condition condition) {
    until(limit, what, condition, () -> "");
  }

  /**
   * Returns as soon as the condition holds.
   *
   * @param evidence what to show beside the error: the output or log that was looked at
   */
  public static void until(
      Duration limit, String what, Condition condition, Supplier<String> evidence) {
    long end = System.nanoTime() + limit.toNanos();
    Exception last = null;
    do {
      try {
        if (condition.holds()) {
          return;
        }
        last = null;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("interrupted while waiting for " + what, e);
      } catch (Exception e) {
        last = e;
      }
      pause(what);
    } while (System.nanoTime() < end);
    throw failure(what + " did not come about within " + limit.toSeconds() + " s", evidence, last);
  }

  private static LabException failure(
      String message, Supplier<String> evidence, @Nullable Exception last) {
    String shown = evidence.get();
    String whole = shown.isEmpty() ? message : message + "\n" + shown;
    return last == null ? new LabException(whole) : new LabException(whole, last);
  }

  private static void pause(String what) {
    try {
      Thread.sleep(LOOK_EVERY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while waiting for " + what, e);
    }
  }
}
