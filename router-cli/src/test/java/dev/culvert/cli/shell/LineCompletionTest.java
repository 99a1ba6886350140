package dev.culvert.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.protocol.Completion;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineCompletionTest {
  private static final Completion ROUTE = Completion.word("route", "Show routes");
  private static final Completion ROUTER = Completion.word("router", "Show the router");
  private static final Completion ADDRESS = Completion.placeholder("<address>", "Prefix");

  @Test
  void tabCompletesTheOnlyCandidateAndAddsABlank() {
    assertThat(LineCompletion.onTab("show ro", List.of(ROUTE)).insert()).isEqualTo("ute ");
  }

  @Test
  void tabCompletesAsFarAsCandidatesAgreeAndThenLists() {
    assertThat(LineCompletion.onTab("show ro", List.of(ROUTE, ROUTER)))
        .isEqualTo(new LineCompletion("ute", List.of()));
    assertThat(LineCompletion.onTab("show route", List.of(ROUTE, ROUTER)))
        .isEqualTo(
            new LineCompletion(
                "",
                List.of(
                    "Possible completions:",
                    "  route   Show routes",
                    "  router  Show the router")));
  }

  @Test
  void placeholdersAreShownFirstAndNeverInserted() {
    assertThat(LineCompletion.onTab("show route ", List.of(ROUTE, ADDRESS)))
        .isEqualTo(
            new LineCompletion(
                "",
                List.of(
                    "Possible completions:", "  <address>  Prefix", "  route      Show routes")));
  }

  @Test
  void theSpaceBarCompletesOnlyWhatIsClear() {
    assertThat(LineCompletion.onSpace("show ro", List.of(ROUTE)).insert()).isEqualTo("ute ");
    assertThat(LineCompletion.onSpace("show ro", List.of(ROUTE, ROUTER)).insert()).isEqualTo(" ");
    assertThat(LineCompletion.onSpace("show 1", List.of(ADDRESS)).insert()).isEqualTo(" ");
  }

  @Test
  void quotesAreRecognized() {
    assertThat(LineCompletion.isQuoted("match \"a ")).isTrue();
    assertThat(LineCompletion.isQuoted("match \"a\\\" ")).isTrue();
    assertThat(LineCompletion.isQuoted("match \"a\" ")).isFalse();
  }

  @Test
  void linesWithSecretsAreNotKept() {
    assertThat(ShellHistory.holdsSecret("set … pre-shared-key ascii-text \"x\"")).isTrue();
    assertThat(ShellHistory.holdsSecret("set … authentication md5 1 key x")).isTrue();
    assertThat(ShellHistory.holdsSecret("set … authentication-key x")).isTrue();
    assertThat(ShellHistory.holdsSecret("show route")).isFalse();
  }

  @Test
  void controlCharactersDoNotReachTheTerminal() {
    assertThat(Pager.printable("a\u001b[2J\tb\u009b")).isEqualTo("a\uFFFD[2J\tb\uFFFD");
    assertThat(Pager.printable("plain")).isSameAs("plain");
  }
}
