package dev.culvert.tun.sys;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work inside another network namespace, see setns(2). The namespace belongs to a thread, a socket
 * to the namespace it was opened in: open it here, then use it from anywhere. Safe to share.
 */
public final class NetworkNamespaceEntry {
  private NetworkNamespaceEntry() {}

  /**
   * Calls {@code work} on a thread of its own inside the namespace and waits for its result. The
   * thread ends with it, so that nothing else of this process ever runs there.
   *
   * @param namespace its file, such as {@code /run/netns/NAME}
   */
  public static <T> T call(Path namespace, Callable<T> work)
      throws IOException, InterruptedException {
    FutureTask<T> task =
        new FutureTask<>(() -> {
          enter(namespace);
          return work.call();
        });
    // A platform thread: the carrier of a virtual one would stay in the namespace.
    Thread.ofPlatform().daemon().name("in " + namespace.getFileName()).start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw new IOException("in " + namespace + ": " + e.getCause(), e.getCause());
    }
  }

  private static void enter(Path namespace) throws SystemCallException {
    try (Descriptor descriptor = Descriptor.open(namespace.toString(), Linux.O_RDONLY)) {
      SystemCallException.check(
          "setns " + namespace, SystemCalls.setns(descriptor.number(), Linux.CLONE_NEWNET));
    }
  }
}
