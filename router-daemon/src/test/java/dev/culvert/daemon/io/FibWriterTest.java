package dev.culvert.daemon.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibKey;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.RouterEvent.FibResult;
import dev.culvert.tun.netlink.FibFailure;
import dev.culvert.tun.sys.Errno;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FibWriterTest {
  private static final FibOperation INSTALL =
      new FibOperation.Install(
          new FibEntry(
              TableId.INET, Ipv4Prefix.of("10.1.0.0/16"), FibEntry.Kind.BLACKHOLE, List.of()));
  private static final FibOperation REMOVE =
      new FibOperation.Remove(new FibKey(TableId.INET, Ipv4Prefix.of("10.2.0.0/16")));

  @Test
  void whatTheKernelRefusesIsAnsweredWithItsErrorAndTheRestWithNone() {
    FibWriter writer =
        new FibWriter(all -> List.of(new FibFailure(REMOVE, Errno.EACCES, "not yours")));

    assertThat(writer.write(List.of(INSTALL, REMOVE)))
        .containsExactly(new FibResult(INSTALL, 0), new FibResult(REMOVE, Errno.EACCES));
  }

  @Test
  void whenNetlinkFailsNoOperationIsTakenForDone() {
    FibWriter writer =
        new FibWriter(all -> {
          throw new IOException("no answer");
        });

    assertThat(writer.write(List.of(INSTALL, REMOVE)))
        .containsExactly(new FibResult(INSTALL, Errno.EIO), new FibResult(REMOVE, Errno.EIO));
  }

  @Test
  void evenABugOfOursLeavesNoOperationWithoutAnAnswer() {
    FibWriter writer =
        new FibWriter(all -> {
          throw new IllegalStateException("a bug");
        });

    assertThat(writer.write(List.of(INSTALL, REMOVE)))
        .containsExactly(new FibResult(INSTALL, Errno.EIO), new FibResult(REMOVE, Errno.EIO));
  }
}
