package dev.culvert.testbed.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class SimulatedDemoTest {
  @Test
  void theShippedConfigurationsComeUpSwitchToTheBackupAndReturnWithoutLoss() {
    ByteArrayOutputStream told = new ByteArrayOutputStream();

    int exit = SimulatedDemo.run(new PrintStream(told, true, StandardCharsets.UTF_8));

    String text = told.toString(StandardCharsets.UTF_8);
    assertThat(text)
        .contains("traffic goes by st0.1")
        .contains("traffic is back on st0.0")
        .doesNotContain("NOT:");
    assertThat(exit).isZero();
  }
}
