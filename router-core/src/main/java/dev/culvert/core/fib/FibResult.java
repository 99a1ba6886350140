package dev.culvert.core.fib;

/**
 * What became of an operation.
 *
 * @param errno 0, or the kernel's error number
 * @param reason the kernel's own words on it, or ours for the number; empty if it was carried out
 */
public record FibResult(FibOperation operation, int errno, String reason) {
  /** No such route: a removal finds nothing. */
  public static final int ESRCH = 3;

  /** The answer was lost: the operation may have been carried out or not. */
  public static final int EIO = 5;

  /** Another route has that prefix and metric. */
  public static final int EEXIST = 17;

  /** Not even tried: {@link ReplaceGuard} held it back. */
  public static final int ECANCELED = 125;

  public static FibResult done(FibOperation operation) {
    return new FibResult(operation, 0, "");
  }

  /** True if the kernel is as the operation was to make it. */
  public boolean succeeded() {
    return errno == 0 || (errno == ESRCH && operation instanceof FibOperation.Remove);
  }
}
