package dev.culvert.core.forwarding;

/**
 * Waits for any of a set of {@link Pollable}s to become readable. All but {@link #wakeUp} are
 * confined to one thread.
 */
public interface Poller extends AutoCloseable {
  /** Starts watching; {@code token} (0 to 65535) names it in {@link #readyToken}. */
  void add(Pollable pollable, int token);

  void remove(Pollable pollable);

  /**
   * Waits until something is readable, {@link #wakeUp} was called or the time is over.
   *
   * @param timeoutMillis -1 waits for ever
   * @return how many were found readable; if there are many more, the others come next
   */
  int await(int timeoutMillis);

  /** The token of one of those that the last {@link #await} found readable, from index 0. */
  int readyToken(int index);

  /** Whether that one was among them. */
  boolean isReady(int token);

  /** Ends the current or next {@link #await} early. Safe from any thread. */
  void wakeUp();

  @Override
  void close();
}
