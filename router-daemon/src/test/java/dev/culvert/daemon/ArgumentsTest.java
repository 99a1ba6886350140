package dev.culvert.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ArgumentsTest {
  @Test
  void theDirectoriesHaveDefaults() {
    assertThat(Arguments.parse("--config", "a.conf"))
        .isEqualTo(
            new Arguments(
                Path.of("a.conf"), Path.of("/run/culvert"), Path.of("/var/lib/culvert"), false));
  }

  @Test
  void valuesFollowWithABlankOrAnEqualsSign() {
    Arguments expected = new Arguments(Path.of("a=b"), Path.of("/r"), Path.of("/s"), true);
    assertThat(
            Arguments.parse("--check", "--config", "a=b", "--run-dir", "/r", "--state-dir", "/s"))
        .isEqualTo(expected);
    assertThat(Arguments.parse("--config=a=b", "--run-dir=/r", "--state-dir=/s", "--check"))
        .isEqualTo(expected);
  }

  @Test
  void whatIsWrongIsNamed() {
    assertThatThrownBy(() -> Arguments.parse()).hasMessage("--config is missing");
    assertThatThrownBy(() -> Arguments.parse("--config")).hasMessage("--config needs a value");
    assertThatThrownBy(() -> Arguments.parse("--check=yes"))
        .hasMessage("unknown option '--check=yes'");
    assertThatThrownBy(() -> Arguments.parse("--conf", "x")).hasMessage("unknown option '--conf'");
  }
}
