package dev.culvert.daemon.process;

import java.lang.reflect.Proxy;
import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT ask for an orderly stop, SIGHUP for the file to be read again.
 *
 * <p>The JDK hears signals by {@code sun.misc.Signal} of module {@code jdk.unsupported}, which it
 * keeps for want of a successor; javac has a warning against the name that nothing silences, hence
 * the reflection.
 */
public final class Signals {
  private final CountDownLatch stop = new CountDownLatch(1);

  public Signals() {
    handle("TERM", stop::countDown);
    handle("INT", stop::countDown);
  }

  /** Runs when a stop is asked for, on the JVM's signal thread. */
  public void onStop(Runnable action) {
    Runnable both =
        () -> {
          stop.countDown();
          action.run();
        };
    handle("TERM", both);
    handle("INT", both);
    if (stop.getCount() == 0) {
      action.run();
    }
  }

  /** Runs at each SIGHUP, on the JVM's signal thread. */
  public void onReload(Runnable reload) {
    handle("HUP", reload);
  }

  public void awaitStop() throws InterruptedException {
    stop.await();
  }

  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK has no way to hear SIG" + name, e);
    }
  }
}
