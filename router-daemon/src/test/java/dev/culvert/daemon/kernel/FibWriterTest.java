package dev.culvert.daemon.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.ReplaceGuard;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.TableId;
import dev.culvert.tun.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FibWriterTest {
  private static final FibOperation INSTALL =
      new FibOperation.Install(entry("10.1.0.0/16"), KernelRoute.METRIC, true);
  private static final FibOperation REMOVE =
      new FibOperation.Remove(entry("10.2.0.0/16").key(), KernelRoute.METRIC, List.of());

  private final ReplaceGuard guard = new ReplaceGuard();

  @Test
  void whatTheKernelRefusesIsAnsweredWithItsErrorAndTheRestWithNone() {
    FibResult refusal = new FibResult(REMOVE, Errno.EACCES, "not yours");
    FibWriter writer = writer(all -> List.of(refusal));

    assertThat(writer.write(List.of(INSTALL, REMOVE), 0))
        .containsExactly(FibResult.done(INSTALL), refusal);
  }

  @Test
  void whenNetlinkFailsNoOperationIsTakenForDone() {
    FibWriter writer =
        writer(all -> {
          throw new IOException("no answer");
        });

    assertThat(writer.write(List.of(INSTALL, REMOVE), 0))
        .extracting(FibResult::errno)
        .containsExactly(Errno.EIO, Errno.EIO);
  }

  @Test
  void evenABugOfOursLeavesNoOperationWithoutAnAnswer() {
    FibWriter writer =
        writer(all -> {
          throw new IllegalStateException("a bug");
        });

    assertThat(writer.write(List.of(INSTALL, REMOVE), 0))
        .extracting(FibResult::errno)
        .containsExactly(Errno.EIO, Errno.EIO);
  }

  /** Routing decides on what it knows; the kernel thread hears of others' doing first. */
  @Test
  void whatSomebodyElseDidBeforeEachSendIsHeardOfAndNotReplaced() {
    List<List<FibOperation>> sent = new ArrayList<>();
    int[] rounds = {0};
    FibWriter writer =
        new FibWriter(
            operations -> {
              sent.add(List.copyOf(operations));
              return List.of();
            },
            guard,
            () -> {
              if (rounds[0]++ == 1) {
                guard.heard(
                    new KernelRouteChange.Added(
                        new KernelRoute(
                            entry("10.9.69.0/24"), RouteProtocolNumber.STATIC, KernelRoute.METRIC),
                        true));
              }
              return true;
            });
    List<FibOperation> operations = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      operations.add(
          new FibOperation.Install(entry("10.9." + i + ".0/24"), KernelRoute.METRIC, true));
    }

    List<FibResult> results = writer.write(operations, 0);

    assertThat(sent).extracting(List::size).containsExactly(64, 5);
    assertThat(results).hasSize(70);
    assertThat(results)
        .filteredOn(r -> r.errno() == Errno.ECANCELED)
        .extracting(FibResult::operation)
        .containsExactly(operations.get(69));
  }

  @Test
  void whileMoreIsSaidThanCanBeHeardNothingIsReplaced() {
    FibOperation add = new FibOperation.Install(entry("10.3.0.0/16"), KernelRoute.METRIC, false);
    List<FibOperation> sent = new ArrayList<>();
    FibWriter writer =
        new FibWriter(
            operations -> {
              sent.addAll(operations);
              return List.of();
            },
            guard,
            () -> false);

    assertThat(writer.write(List.of(INSTALL, REMOVE, add), 0))
        .filteredOn(r -> r.errno() == Errno.ECANCELED)
        .extracting(FibResult::operation)
        .containsExactly(INSTALL);
    assertThat(sent).containsExactly(REMOVE, add);
  }

  private FibWriter writer(FibWriter.Kernel kernel) {
    return new FibWriter(kernel, guard, () -> true);
  }

  private static FibEntry entry(String prefix) {
    return new FibEntry(TableId.INET, Ipv4Prefix.of(prefix), FibEntry.Kind.BLACKHOLE, List.of());
  }
}
