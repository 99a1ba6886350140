package dev.culvert.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.policy.PolicyOptionsSection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each file under {@code bad} says in its first line which fault it has, and where. */
class BadConfigurationTest {
  private static final Pattern EXPECTATION = Pattern.compile("# expect ([0-9]+): (.+)");

  @ParameterizedTest
  @MethodSource("files")
  void isRefusedAtTheRightLineWithTheReason(Path file) throws IOException {
    String text = Files.readString(file);
    Matcher expected = EXPECTATION.matcher(text.lines().findFirst().orElseThrow());
    assertThat(expected.matches()).isTrue();
    String line = ":" + expected.group(1) + ": [";
    assertThat(check(file.getFileName().toString(), text))
        .allSatisfy(finding -> assertThat(finding).doesNotContain("never-print-this"))
        .anySatisfy(finding -> assertThat(finding).contains(line).contains(expected.group(2)));
  }

  @Test
  void thereAreAtLeastTwentyFive() throws IOException {
    assertThat(files()).hasSizeGreaterThanOrEqualTo(25);
  }

  private static List<String> check(String name, String text) {
    Diagnostics diagnostics = new Diagnostics();
    ConfigTree tree = ConfigParser.parse(TestSchema.ROOT, name, text, diagnostics);
    SchemaRoot.bind(new PolicyOptionsSection(), tree, diagnostics);
    return diagnostics.findings().stream().map(Diagnostics.Finding::toString).toList();
  }

  static Stream<Path> files() throws IOException {
    try (Stream<Path> files =
        Files.list(Path.of("src/test/resources/dev/culvert/core/config/bad"))) {
      return files.sorted().toList().stream();
    }
  }
}
