package dev.culvert.daemon.thread;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Closes many things, each of them whatever becomes of the others. */
public final class Closing {
  private Closing() {}

  /**
   * Closes all in order.
   *
   * @param parts null for what was never opened
   * @throws IOException the first failure, with the later ones suppressed; an unchecked one comes
   *     through as it is
   */
  public static void inOrder(@Nullable AutoCloseable... parts) throws IOException {
    Throwable first = null;
    for (AutoCloseable part : parts) {
      try {
        if (part != null) {
          part.close();
        }
      } catch (Throwable failure) {
        if (failure instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        if (first == null) {
          first = failure;
        } else {
          first.addSuppressed(failure);
        }
      }
    }
    switch (first) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IOException(first);
    }
  }
}
