package dev.culvert.tun;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A fresh network namespace that lives on a thread of its own, and as long as that thread or a
 * socket opened on it. Whatever is opened by {@link #call} stays in it, whoever uses it later.
 */
public final class NetworkNamespace implements AutoCloseable {
  private static final int CLONE_NEWNET = 0x40000000;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("namespace").factory());

  /** What runs inside. */
  public interface Body {
    void run() throws Exception;
  }

  public NetworkNamespace() throws Exception {
    thread
        .submit(() -> {
          unshare();
          return null;
        })
        .get();
  }

  public <T> T call(Callable<T> body) throws Exception {
    try {
      return thread.submit(body).get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case Exception exception -> throw exception;
        default -> throw e;
      }
    }
  }

  public void run(Body body) throws Exception {
    call(() -> {
      body.run();
      return null;
    });
  }

  private static void unshare() {
    Linker linker = Linker.nativeLinker();
    try {
      int result =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("unshare"),
                      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))
                  .invokeExact(CLONE_NEWNET);
      if (result != 0) {
        throw new IllegalStateException("unshare failed: is this root?");
      }
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
