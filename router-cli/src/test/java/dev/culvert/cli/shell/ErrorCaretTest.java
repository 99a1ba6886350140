package dev.culvert.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorCaretTest {
  @ParameterizedTest
  @CsvSource({
    "show bgp sumary, unknown command: 'sumary', 9",
    "show ospf neighbor fully, unknown option: fully, 19",
    "show route ex, ambiguous option: ex, 11",
    "show route 10.0.0.0/8 again, unexpected 'again', 22",
    "set protokols bgp, unknown statement 'protokols'; did you mean 'protocols'?, 4",
    "show bgp neighbor 10.9.9.9, no such neighbor: 10.9.9.9, 18",
    "clear bgp neighbor bgp soft, unexpected 'bgp', 19"
  })
  void theCaretStandsUnderTheWordThatIsBlamed(String line, String error, int column) {
    assertThat(ErrorCaret.under("op@r> ", line, error)).contains(" ".repeat(6 + column) + "^");
  }

  @Test
  void anErrorThatBlamesNoWordOfTheLineHasNone() {
    assertThat(ErrorCaret.under("> ", "show route", "incomplete command: show")).isEmpty();
    assertThat(ErrorCaret.under("> ", "show sumary2", "unknown command: 'sumary'")).isEmpty();
  }
}
