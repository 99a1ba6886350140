package dev.culvert.cli.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.cli.pipe.CommandLine;
import dev.culvert.cli.pipe.LineSink;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlClientTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path runDir;
  private FakeDaemon daemon;
  private ControlClient client;

  @BeforeEach
  void connect() throws Exception {
    daemon = FakeDaemon.start(runDir);
    client = ControlClient.connect(runDir, PATIENCE);
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
    daemon.close();
  }

  @Test
  void theSessionKnowsTheHostNameOnceConnected() {
    assertThat(client.session()).isEqualTo(Session.operational("branch"));
    assertThat(client.session().prompt("ann")).isEqualTo("ann@branch> ");
  }

  @Test
  void aCommandsLinesComeInOrder() throws Exception {
    assertThat(run("show numbers")).hasSize(200).startsWith("line 1").endsWith("line 200");
  }

  @Test
  void pipesAreDoneByTheClient() throws Exception {
    assertThat(run("show numbers | match 9 | except 19 | count"))
        .containsExactly("Count: 26 lines");
    assertThat(run("show numbers | find \"line 150\" | last 2"))
        .containsExactly("line 199", "line 200");
  }

  @Test
  void structuredAnswersAreWrittenAsTheyCome() throws Exception {
    assertThat(run("show routes | display json"))
        .containsExactly(
            "{",
            "    \"route-information\":[",
            "        {",
            "            \"route-table\":[",
            "                {",
            "                    \"table-name\":[",
            "                        {\"data\":\"inet.0\"}",
            "                    ],",
            "                    \"rt\":[",
            "                        {",
            "                            \"rt-destination\":[{\"data\":\"10.1.0.0/16\"}]",
            "                        },",
            "                        {",
            "                            \"rt-destination\":[{\"data\":\"10.2.0.0/16\"}]",
            "                        }",
            "                    ]",
            "                }",
            "            ]",
            "        }",
            "    ]",
            "}");
  }

  @Test
  void textWithoutElementsIsWrappedInAnOutputElement() throws Exception {
    assertThat(run("show configuration | display xml"))
        .containsSubsequence("    <output>/* ELEMENTS */</output>", "</rpc-reply>");
  }

  @Test
  void displaySetIsAskedOfTheDaemon() throws Exception {
    assertThat(run("show configuration | display set")).containsExactly("/* SET */");
  }

  @Test
  void theDaemonsErrorIsReturnedAndNothingPrinted() throws Exception {
    List<String> lines = new ArrayList<>();
    String error =
        new CommandRunner(client).run(CommandLine.parse("frob | display json"), lines::add);
    assertThat(error).isEqualTo("error: unknown command: frob");
    assertThat(lines).isEmpty();
  }

  @Test
  void aSinkThatHasEnoughCancelsTheCommandAndTheSessionGoesOn() throws Exception {
    LineSink enough = _ -> false;
    assertThat(new CommandRunner(client).run(CommandLine.parse("show forever"), enough)).isNull();
    assertThat(daemon.cancels()).isEqualTo(1);
    assertThat(run("show numbers | count")).containsExactly("Count: 200 lines");
  }

  @Test
  void whatCameIsShownBeforeTheCommandIsOver() throws Exception {
    List<String> seen = new ArrayList<>();
    LineSink output =
        new LineSink() {
          @Override
          public boolean line(String text) {
            seen.add(text);
            return true;
          }

          @Override
          public void flush() throws java.io.IOException {
            seen.add("flush");
            try {
              client.cancel();
            } catch (ControlException e) {
              throw new java.io.IOException(e);
            }
          }
        };
    String error = new CommandRunner(client).run(CommandLine.parse("show forever"), output);
    assertThat(error).isEqualTo("interrupted");
    assertThat(seen).containsExactly("begun", "flush");
  }

  @Test
  void aFailingSinkIsReportedAfterTheAnswerIsOverAndTheSessionGoesOn() throws Exception {
    LineSink full =
        _ -> {
          throw new java.io.IOException("No space left on device");
        };
    assertThatThrownBy(() -> new CommandRunner(client).run(CommandLine.parse("show forever"), full))
        .hasMessage("No space left on device");
    assertThat(run("show numbers | count")).containsExactly("Count: 200 lines");
  }

  @Test
  void saveWritesAFileAndSaysHowMuch() throws Exception {
    Path file = runDir.resolve("out.txt");
    assertThat(run("show numbers | match 20 | save " + file))
        .containsExactly("Wrote 3 lines of output to '" + file + "'");
    assertThat(Files.readAllLines(file)).containsExactly("line 20", "line 120", "line 200");
  }

  @Test
  void aLoadedFileIsReadByTheClientAndSentAlong() throws Exception {
    Path file = Files.writeString(runDir.resolve("new.conf"), "system;");
    assertThat(run("load override " + file)).containsExactly("loaded system;");
  }

  @Test
  void completionsComeWithTheirHelp() throws Exception {
    assertThat(client.complete("show n"))
        .containsExactly(Completion.word("numbers", "Show two hundred lines"));
  }

  @Test
  void configurationModeIsKnownFromTheAnswer() throws Exception {
    run("configure");
    assertThat(client.session().prompt("ann")).isEqualTo("ann@branch# ");
  }

  @Test
  void aDaemonThatGoesAwayIsOneClearLine() {
    assertThatThrownBy(() -> run("crash"))
        .isInstanceOf(ControlException.class)
        .hasMessage("culvertd closed the connection on " + runDir.resolve("control.sock"));
  }

  @Test
  void noDaemonIsOneClearLine() {
    Path nowhere = runDir.resolve("nowhere");
    assertThatThrownBy(() -> ControlClient.connect(nowhere))
        .isInstanceOf(ControlException.class)
        .hasMessage("culvertd is not running: no answer on " + nowhere.resolve("control.sock"));
  }

  @Test
  void aSocketNobodyListensOnIsOneClearLine() throws Exception {
    Path left = Files.createDirectory(runDir.resolve("left"));
    FakeDaemon killed = FakeDaemon.start(left);
    Path socket = left.resolve("control.sock");
    Files.createLink(left.resolve("kept"), socket);
    killed.close();
    Files.move(left.resolve("kept"), socket);
    assertThatThrownBy(() -> ControlClient.connect(left))
        .isInstanceOf(ControlException.class)
        .hasMessage("culvertd is not running: no answer on " + socket);
  }

  private List<String> run(String line) throws Exception {
    List<String> lines = new ArrayList<>();
    assertThat(new CommandRunner(client).run(CommandLine.parse(line), lines::add)).isNull();
    return lines;
  }
}
