package dev.culvert.daemon.fault;

import dev.culvert.engine.barrier.InstanceFault;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of faults of our own: each is kept in a file and told. One that leaves the router
 * without a protocol's blame and without a part it needs ends the process, for a router that is
 * half alive attracts traffic and loses it; whoever supervises it starts it again, and the next run
 * adopts the routes this one leaves. Safe from any thread.
 */
public final class Faults implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  /** EX_SOFTWARE of sysexits.h: an internal software error. */
  public static final int EXIT_STATUS = 70;

  private static final long PATIENCE_SECONDS = 2;

  private final FaultFiles files;
  private final IntConsumer exit;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("faults").factory());

  /**
   * @param exit ends the process at once with that status
   */
  public Faults(FaultFiles files, IntConsumer exit) {
    this.files = files;
    this.exit = exit;
  }

  /** One instance failed and will be restarted. Returns at once: the disk may be slow. */
  public void save(InstanceFault fault) {
    writer.execute(() -> write(fault));
  }

  /** Nobody can go on. */
  public void fatal(InstanceFault fault) {
    try {
      LOG.error("PROCESS_FAULT thread={} exit-status={}", fault.instance(), EXIT_STATUS);
      write(fault);
    } finally {
      // Whatever is broken, memory included, this much still works.
      exit.accept(EXIT_STATUS);
    }
  }

  private synchronized void write(InstanceFault fault) {
    String file;
    try {
      file = files.write(fault).toString();
    } catch (IOException | RuntimeException e) {
      file = "none reason=\"" + e + '"';
    }
    LOG.error("INSTANCE_FAULT instance={} file={}", fault.instance(), file, fault.cause());
  }

  /** Waits a little for what is being written. */
  @Override
  public void close() {
    writer.shutdown();
    try {
      if (!writer.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.error("FAULT_NOT_SAVED");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
