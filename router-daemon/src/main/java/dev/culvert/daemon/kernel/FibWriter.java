package dev.culvert.daemon.kernel;

import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.ReplaceGuard;
import dev.culvert.tun.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has batches of route changes carried out and answers for every one of them, whatever happens: an
 * operation without an answer would keep its prefix under way for ever, and one wrongly called good
 * would never be tried again. Confined to the kernel thread.
 */
final class FibWriter {
  private static final Logger LOG = LoggerFactory.getLogger(FibWriter.class);

  /** Operations between two looks at what others have done: what one send takes. */
  private static final int CHUNK = 64;

  /** Who carries them out. */
  @FunctionalInterface
  interface Kernel {
    /** The operations that failed. */
    List<FibResult> apply(List<FibOperation> operations) throws IOException;
  }

  private final Kernel kernel;
  private final ReplaceGuard guard;
  private final BooleanSupplier hearing;

  /**
   * @param hearing has the guard told what others have done by now; false if there is more than can
   *     be waited for
   */
  FibWriter(Kernel kernel, ReplaceGuard guard, BooleanSupplier hearing) {
    this.kernel = kernel;
    this.guard = guard;
    this.hearing = hearing;
  }

  /**
   * @param known what routing had been told of when it decided, see {@link ReplaceGuard}
   */
  List<FibResult> write(List<FibOperation> operations, long known) {
    List<FibResult> results = new ArrayList<>(operations.size());
    for (int from = 0; from < operations.size(); from += CHUNK) {
      List<FibOperation> chunk =
          operations.subList(from, Math.min(from + CHUNK, operations.size()));
      boolean heardAll = hearing.getAsBoolean();
      List<FibOperation> allowed = new ArrayList<>(chunk.size());
      for (FibOperation operation : chunk) {
        if (guard.allows(operation, known) && (heardAll || ReplaceGuard.isHarmless(operation))) {
          allowed.add(operation);
        } else {
          results.add(new FibResult(operation, Errno.ECANCELED, Errno.describe(Errno.ECANCELED)));
        }
      }
      results.addAll(writeAllowed(allowed));
    }
    return results;
  }

  private List<FibResult> writeAllowed(List<FibOperation> operations) {
    try {
      Map<FibOperation, FibResult> failures = new HashMap<>();
      kernel.apply(operations).forEach(failure -> failures.put(failure.operation(), failure));
      return operations.stream().map(o -> failures.getOrDefault(o, FibResult.done(o))).toList();
    } catch (IOException e) {
      LOG.error("FIB_UPDATE_FAILED operations={} reason={}", operations.size(), e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("FIB_UPDATE_FAULT operations={}", operations.size(), e);
    }
    // Some may have been carried out: to do them again does no harm.
    return operations.stream()
        .map(o -> new FibResult(o, Errno.EIO, Errno.describe(Errno.EIO)))
        .toList();
  }
}
