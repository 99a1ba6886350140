package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
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

/**
 * Each file says in its first line which fault it has, and where. All are read as the router reads
 * its own: the parser's files against the whole schema, then those of faults across sections.
 */
class BadConfigurationTest {
  private static final Pattern EXPECTATION = Pattern.compile("# expect ([0-9]+): (.+)");
  private static final Path OF_THE_PARSER =
      Path.of("../router-core/src/test/resources/dev/culvert/core/config/bad");
  private static final Path ACROSS_SECTIONS =
      Path.of("src/test/resources/dev/culvert/engine/config/bad");

  @ParameterizedTest
  @MethodSource("ofTheParser")
  void isRefusedAtTheLineOfTheParsersFault(Path file) throws IOException {
    // The reason may be worded otherwise: the parser's own tests have a small schema of their own.
    assertThat(findings(file))
        .allSatisfy(finding -> assertThat(finding).doesNotContain("never-print-this"))
        .anySatisfy(finding -> assertThat(finding).startsWith(place(file)));
  }

  @ParameterizedTest
  @MethodSource("acrossSections")
  void isRefusedAtTheRightLineWithTheReason(Path file) throws IOException {
    assertThat(findings(file))
        .allSatisfy(finding -> assertThat(finding).doesNotContain("never-print-this"))
        .anySatisfy(finding ->
            assertThat(finding).startsWith(place(file)).contains(expectation(file).group(2)));
  }

  @ParameterizedTest
  @MethodSource("acrossSections")
  void isRefusedForThatReasonAlone(Path file) throws IOException {
    assertThat(findings(file)).hasSize(1);
  }

  @Test
  void thereAreAtLeastTwentyFiveAcrossSections() throws IOException {
    assertThat(acrossSections()).hasSizeGreaterThanOrEqualTo(25);
  }

  private static String place(Path file) throws IOException {
    return file.getFileName() + ":" + expectation(file).group(1) + ": [";
  }

  private static Matcher expectation(Path file) throws IOException {
    Matcher expected =
        EXPECTATION.matcher(Files.readString(file).lines().findFirst().orElseThrow());
    assertThat(expected.matches()).isTrue();
    return expected;
  }

  private static List<String> findings(Path file) throws IOException {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read(file.getFileName().toString(), Files.readString(file), diagnostics);
    assertThat(diagnostics.hasErrors()).isTrue();
    return diagnostics.findings().stream().map(Diagnostics.Finding::toString).toList();
  }

  static Stream<Path> ofTheParser() throws IOException {
    return files(OF_THE_PARSER);
  }

  static Stream<Path> acrossSections() throws IOException {
    return files(ACROSS_SECTIONS);
  }

  private static Stream<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList().stream();
    }
  }
}
