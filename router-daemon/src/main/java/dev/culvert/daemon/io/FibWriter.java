package dev.culvert.daemon.io;

import dev.culvert.core.fib.FibOperation;
import dev.culvert.engine.RouterEvent.FibResult;
import dev.culvert.tun.netlink.FibFailure;
import dev.culvert.tun.sys.Errno;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has batches of route changes carried out and answers for every one of them, whatever happens: an
 * operation without an answer would keep its prefix under way for ever, and one wrongly called good
 * would never be tried again. Confined to the kernel thread.
 */
final class FibWriter {
  private static final Logger LOG = LoggerFactory.getLogger(FibWriter.class);

  /** Who carries them out. */
  @FunctionalInterface
  interface Kernel {
    /** The operations that failed. */
    List<FibFailure> apply(List<FibOperation> operations) throws IOException;
  }

  private final Kernel kernel;

  FibWriter(Kernel kernel) {
    this.kernel = kernel;
  }

  List<FibResult> write(List<FibOperation> operations) {
    try {
      Map<FibOperation, Integer> errors = new HashMap<>();
      kernel.apply(operations).forEach(failure -> errors.put(failure.operation(), failure.errno()));
      return operations.stream().map(o -> new FibResult(o, errors.getOrDefault(o, 0))).toList();
    } catch (IOException e) {
      LOG.error("FIB_UPDATE_FAILED operations={} reason={}", operations.size(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("FIB_UPDATE_FAULT operations={}", operations.size(), e);
    }
    // Some may have been carried out: to do them again does no harm.
    return operations.stream().map(o -> new FibResult(o, Errno.EIO)).toList();
  }
}
