package dev.culvert.cli.pipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.cli.protocol.Completion;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
  private static final List<String> TABLE =
      List.of("Peer     State", "10.0.0.1 Establ", "10.0.0.2 Idle", "10.0.0.3 Establ");

  @Test
  void matchIgnoresCaseAsJunosDoes() throws Exception {
    assertThat(through("show | match ESTABL")).containsExactly(TABLE.get(1), TABLE.get(3));
  }

  @Test
  void exceptIsTheOpposite() throws Exception {
    assertThat(through("show | except establ")).containsExactly(TABLE.get(0), TABLE.get(2));
  }

  @Test
  void findStartsAtTheFirstMatch() throws Exception {
    assertThat(through("show | find idle")).containsExactly(TABLE.get(2), TABLE.get(3));
    assertThat(through("show | find nothing")).containsExactly("Pattern not found");
  }

  @Test
  void countCountsWhatComesThrough() throws Exception {
    assertThat(through("show | match idle | count")).containsExactly("Count: 1 lines");
  }

  @Test
  void lastKeepsTheEnd() throws Exception {
    assertThat(through("show | last 2")).containsExactly(TABLE.get(2), TABLE.get(3));
    assertThat(through("show | last 100")).isEqualTo(TABLE);
  }

  @Test
  void pipesWorkFromLeftToRight() throws Exception {
    assertThat(through("show | last 2 | match idle")).containsExactly(TABLE.get(2));
    assertThat(through("show | match idle | last 2")).containsExactly(TABLE.get(2));
  }

  @Test
  void aBarInsideAWordOrQuotesIsNoPipe() throws Exception {
    assertThat(through("show | match idle|peer")).containsExactly(TABLE.get(0), TABLE.get(2));
    assertThat(through("show | match \"idle | peer\"")).isEmpty();
    CommandLine set = CommandLine.parse("set policy-options as-path x \"1 | 2\"");
    assertThat(set.command()).isEqualTo("set policy-options as-path x \"1 | 2\"");
    assertThat(set.stages()).isEmpty();
  }

  @Test
  void namesMayBeAbbreviatedWhileTheyAreClear() throws Exception {
    CommandLine line = CommandLine.parse("show | disp json | no | m x");
    assertThat(line.display()).isEqualTo(Display.JSON);
    assertThat(line.paged()).isFalse();
    assertThat(line.stages()).singleElement().isInstanceOf(PipeStage.Match.class);
  }

  @Test
  void compareStaysWithTheDaemon() throws Exception {
    assertThat(CommandLine.parse("show | compare rollback 1 | no-more").command())
        .isEqualTo("show | compare rollback 1");
  }

  @Test
  void inheritanceStaysWithTheDaemonAndGoesWithAnotherForm() throws Exception {
    CommandLine line = CommandLine.parse("show | display inheritance | display set");
    assertThat(line.command()).isEqualTo("show | display inheritance");
    assertThat(line.display()).isEqualTo(Display.SET);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "show |;nothing follows the |",
        "show | frob;no pipe is called 'frob'",
        "show | co;'co' may be compare, count",
        "show | match;match takes a regular expression",
        "show | match a b;match takes a regular expression, quoted if it has blanks",
        "show | match [;match: '[' is no regular expression: Unclosed character class",
        "show | last 0;last takes 1 to 100000 lines",
        "show | last many;last takes 1 to 100000 lines",
        "show | count 3;count takes nothing, not '3'",
        "show | display yaml;display inheritance, json, xml or set, not 'yaml'",
        "show | save;save takes a file name",
      })
  void whatIsNotUnderstoodIsSaid(String line, String message) {
    assertThatThrownBy(() -> CommandLine.parse(line))
        .isInstanceOf(CommandLine.SyntaxException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void completionsFollowTheWordsBehindTheBar() {
    assertThat(words(" ")).contains("match", "display", "no-more").hasSize(9);
    assertThat(words(" co")).containsExactly("compare", "count");
    assertThat(words(" display ")).containsExactly("inheritance", "json", "set", "xml");
    assertThat(words(" display j")).containsExactly("json");
    assertThat(words(" match ")).containsExactly("<pattern>");
    assertThat(words(" count ")).isEmpty();
    assertThat(words(" frob ")).isEmpty();
  }

  @Test
  void aSinkThatWantsNoMoreIsHeardThroughThePipes() throws Exception {
    List<String> taken = new ArrayList<>();
    LineSink output =
        text -> {
          taken.add(text);
          return taken.size() < 2;
        };
    LineSink sink = CommandLine.parse("show | match line | find 3").through(output);
    long wanted = IntStream.range(0, 100).filter(i -> accepts(sink, "line " + i)).count();
    assertThat(taken).startsWith("line 3", "line 4");
    assertThat(wanted).isEqualTo(4);
  }

  private static boolean accepts(LineSink sink, String text) {
    try {
      return sink.line(text);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> words(String pipe) {
    return PipeWords.completions(pipe).stream().map(Completion::word).toList();
  }

  private static List<String> through(String line) throws Exception {
    List<String> lines = new ArrayList<>();
    LineSink sink = CommandLine.parse(line).through(lines::add);
    for (String text : TABLE) {
      sink.line(text);
    }
    sink.finish();
    return lines;
  }
}
