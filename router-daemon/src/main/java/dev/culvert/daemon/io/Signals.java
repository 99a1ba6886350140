package dev.culvert.daemon.io;

import java.util.concurrent.CountDownLatch;
import jnr.constants.platform.Signal;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/** SIGTERM and SIGINT ask for an orderly stop, SIGHUP for the file to be read again. */
public final class Signals {
  private final POSIX posix = POSIXFactory.getPOSIX();
  private final CountDownLatch stop = new CountDownLatch(1);

  public Signals() {
    posix.signal(Signal.SIGTERM, number -> stop.countDown());
    posix.signal(Signal.SIGINT, number -> stop.countDown());
  }

  /** Runs at each SIGHUP, on the JVM's signal thread. */
  public void onReload(Runnable reload) {
    posix.signal(Signal.SIGHUP, number -> reload.run());
  }

  public void awaitStop() throws InterruptedException {
    stop.await();
  }
}
