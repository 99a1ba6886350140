package dev.culvert.daemon.bfd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.packet.BfdState;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60) // for a thread that never gets there
class BfdThreadTest {
  /** By then both ends are up and at their pace. */
  private static final int UP = 1_000;

  private static final int WARM = 300_000;
  private static final int MEASURED = 300_000;

  /** What reading the thread's counter itself allocates, whatever the number of turns. */
  private static final long OF_THE_MEASUREMENT = 4_096;

  private final BfdWorld world = new BfdWorld();
  private final long[] allocated = new long[2];

  @AfterEach
  void end() {
    world.end();
  }

  @Test
  void aPathIsNotCalledDeadForWhatWaitedWhileTheThreadWasHeldUp() throws Exception {
    world.run(
        2 * UP,
        () -> {
          if (world.turn() >= UP && world.turn() % 10 == 0) {
            world.holdUp(Duration.ofMillis(400));
          }
        });
    assertThat(world.changes).last().satisfies(c -> assertThat(c.to()).isEqualTo(BfdState.UP));
    assertThat(world.changes).noneMatch(BfdAction.StateChanged::isFailure);
  }

  @Test
  void aPeerThatIsSilentIsCalledDead() throws Exception {
    world.run(
        2 * UP,
        () -> {
          if (world.turn() == UP) {
            world.silencePeer();
          }
        });
    assertThat(world.changes).last().satisfies(c -> assertThat(c.isFailure()).isTrue());
  }

  @Test
  void theSteadyStateMakesNoGarbage() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    assumeTrue(threads.isThreadAllocatedMemorySupported());
    world.run(
        WARM + MEASURED,
        () -> {
          if (world.turn() == WARM) {
            allocated[0] = threads.getCurrentThreadAllocatedBytes();
          } else if (world.turn() == WARM + MEASURED) {
            allocated[1] = threads.getCurrentThreadAllocatedBytes();
          }
        });
    assertThat(world.changes).noneMatch(BfdAction.StateChanged::isFailure);
    assertThat(allocated[1] - allocated[0])
        .as("octets in %d turns", MEASURED)
        .isLessThan(OF_THE_MEASUREMENT);
  }
}
