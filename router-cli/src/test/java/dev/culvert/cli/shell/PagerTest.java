package dev.culvert.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.junit.jupiter.api.Test;

/** A terminal of six rows, and keys that are pressed beforehand. */
class PagerTest {
  private static final int LINES = 40;

  @Test
  void spaceShowsAPageEnterALineAndTheLetterQStops() throws IOException {
    List<String> shown = shown(" \rq");
    assertThat(shown).contains("line 10", "line 11").doesNotContain("line 12");
  }

  @Test
  void theLetterDShowsHalfAPage() throws IOException {
    assertThat(shown("dq")).contains("line 8").doesNotContain("line 9");
  }

  @Test
  void theLetterGShowsTheRest() throws IOException {
    assertThat(shown("G")).contains("line 40");
  }

  @Test
  void aSearchSkipsToTheLineAndTheLetterNToTheNext() throws IOException {
    assertThat(shown("/ne 2\rq")).contains("line 5", "line 20").doesNotContain("line 19");
    assertThat(shown("/7\rnq")).contains("line 7", "line 17").doesNotContain("line 6", "line 16");
  }

  @Test
  void whatIsNotFoundIsSaidToBeMissing() throws IOException {
    assertThat(shown("/nowhere\r")).contains("Pattern not found: nowhere").doesNotContain("line 6");
  }

  @Test
  void theLetterHListsTheKeysAndWaitsOn() throws IOException {
    assertThat(shown("hq")).anyMatch(line -> line.contains("/TEXT")).doesNotContain("line 6");
  }

  /** What is on the screen in the end, without the prompts between pages. */
  private static List<String> shown(String keys) throws IOException {
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    try (LineDisciplineTerminal terminal =
        new LineDisciplineTerminal("test", "ansi", screen, StandardCharsets.UTF_8)) {
      terminal.setSize(new Size(80, 6));
      terminal.processInputBytes(keys.getBytes(StandardCharsets.UTF_8));
      Pager pager = new Pager(terminal, true, () -> false);
      boolean wanted = true;
      for (int i = 1; wanted && i <= LINES; i++) {
        wanted = pager.line("line " + i);
      }
      pager.finish();
    }
    return screen
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.replace("\u001b[K", "").strip())
        .toList();
  }
}
