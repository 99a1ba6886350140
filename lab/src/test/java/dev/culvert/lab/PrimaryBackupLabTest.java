package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.bench.failover.FailoverResult;
import dev.culvert.lab.bench.failover.FailoverTrial;
import dev.culvert.lab.bench.failover.Trigger;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.CulvertProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code conf/primary-backup-*.conf}, each with every trigger it is good for. How much is lost on
 * the way to the backup depends on the machine; the way back is made before the backup is left, and
 * so costs nothing.
 */
@Tag("alone")
@Lab(needs = "nft")
class PrimaryBackupLabTest {
  @ParameterizedTest
  @EnumSource(Trigger.class)
  void theBackupTakesOverAndNothingIsLostOnTheWayBack(Trigger trigger) {
    FailoverResult result =
        FailoverTrial.run(
            trigger, examples(), CulvertProcess.ownProgram(), PrimaryBackupLabTest::unhurried);

    System.out.printf(
        "%s (any BFD at 300 ms): %d packets lost, %d on the way back%n",
        trigger, result.away().lost(), result.back().lost());
    assertThat(result.away().sent()).isGreaterThan(result.away().lost());
    assertThat(result.back().lost()).isZero();
  }

  /** With a BFD that a busy machine does not set off: what it costs is the benchmark's question. */
  private static String unhurried(String configuration) {
    return configuration.replaceAll("minimum-interval \\d+;", "minimum-interval 300;");
  }

  private static Path examples() {
    Path here = Path.of("conf");
    return Files.exists(here) ? here : Path.of("../conf");
  }
}
