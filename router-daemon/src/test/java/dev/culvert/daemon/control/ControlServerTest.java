package dev.culvert.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.cli.io.ControlClient;
import dev.culvert.cli.io.ControlException;
import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Request;
import dev.culvert.cli.protocol.Session;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The real client and the real server over a real socket; the caller is root, as the router is. */
@EnabledIfSystemProperty(named = "user.name", matches = "root")
class ControlServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path runDir;
  private final CountDownLatch cancelSeen = new CountDownLatch(1);
  private final CountDownLatch sessionsClosed = new CountDownLatch(1);
  private ControlServer server;

  @BeforeEach
  void start() throws Exception {
    server = ControlServer.start(runDir.resolve("control.sock"), new TestOperator());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void anyoneMayConnectBecauseTheCallersCredentialsDecide() throws Exception {
    assertThat(Files.getPosixFilePermissions(runDir.resolve("control.sock")))
        .isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
  }

  @Test
  void aSessionAnswersOneCommandAfterAnotherAndKnowsTheHost() throws Exception {
    try (ControlClient client = connect()) {
      assertThat(client.session().host()).isEqualTo("branch");
      assertThat(lines(client, "echo one")).containsExactly("echo one");
      assertThat(lines(client, "echo two")).containsExactly("echo two");
    }
  }

  @Test
  void rootMayConfigure() throws Exception {
    try (ControlClient client = connect()) {
      assertThat(lines(client, "may-configure")).containsExactly("true");
    }
  }

  @Test
  void anErrorIsOneLineAndTheSessionGoesOn() throws Exception {
    try (ControlClient client = connect()) {
      assertThat(command(client, "wrong").error()).isEqualTo("this is wrong");
      assertThat(lines(client, "echo still here")).containsExactly("echo still here");
    }
  }

  @Test
  void aFaultOfOursIsToldAndTheSessionGoesOn() throws Exception {
    try (ControlClient client = connect()) {
      assertThat(command(client, "fault").error()).startsWith("internal error, see the log");
      assertThat(client.complete("fault")).isEmpty();
      assertThat(lines(client, "echo still here")).containsExactly("echo still here");
    }
  }

  @Test
  void completionComesFromTheOperatorsCommands() throws Exception {
    try (ControlClient client = connect()) {
      assertThat(client.complete("sh")).containsExactly(Completion.word("show", "help of sh"));
    }
  }

  @Test
  void anEndlessAnswerEndsWhenTheClientHasSeenEnough() throws Exception {
    try (ControlClient client = connect()) {
      Answer.Last last = client.command("endless", Request.Format.TEXT, null, part -> false);
      assertThat(last.error()).isNull();
      cancelSeen.await();
      assertThat(lines(client, "echo next")).containsExactly("echo next");
    }
  }

  @Test
  void anEndlessAnswerEndsWhenTheClientIsGone() throws Exception {
    try (ControlClient client = connect()) {
      assertThatThrownBy(() ->
              client.command(
                  "endless",
                  Request.Format.TEXT,
                  null,
                  part -> {
                    client.close();
                    return true;
                  }))
          .isInstanceOf(ControlException.class);
    }
    cancelSeen.await();
  }

  @Test
  void oneSessionTooManyIsToldSoAndTheOthersGoOn() throws Exception {
    List<ControlClient> sessions = new ArrayList<>();
    try {
      for (int i = 0; i < ControlServer.MAX_SESSIONS; i++) {
        sessions.add(connect());
      }
      assertThatThrownBy(this::connect)
          .isInstanceOf(ControlException.class)
          .hasMessage("too many operators: 32 sessions are open");
      assertThat(lines(sessions.getFirst(), "echo here")).containsExactly("echo here");
    } finally {
      sessions.forEach(ControlClient::close);
    }
  }

  @Test
  void closingTheServerEndsItsSessions() throws Exception {
    try (ControlClient client = connect()) {
      server.close();
      assertThatThrownBy(() -> command(client, "echo late")).isInstanceOf(ControlException.class);
    }
  }

  @Test
  void anOperatorWhoIsGoneHasItsSessionClosed() throws Exception {
    connect().close();
    assertThat(sessionsClosed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  private ControlClient connect() throws ControlException {
    return ControlClient.connect(runDir, PATIENCE);
  }

  private static Answer.Last command(ControlClient client, String line) throws Exception {
    return client.command(line, Request.Format.TEXT, null, part -> true);
  }

  private static List<String> lines(ControlClient client, String line) throws Exception {
    List<String> lines = new ArrayList<>();
    Answer.Last last =
        client.command(
            line,
            Request.Format.TEXT,
            null,
            part -> {
              if (part instanceof Answer.Text text) {
                lines.addAll(text.lines());
              }
              return true;
            });
    assertThat(last.error()).isNull();
    return lines;
  }

  private final class TestOperator implements ControlServer.Operator {
    @Override
    public String hostName() {
      return "branch";
    }

    @Override
    public ControlServer.OperatorSession open(String user, boolean mayConfigure) {
      return new TestSession(mayConfigure);
    }
  }

  private final class TestSession implements ControlServer.OperatorSession {
    private final boolean mayConfigure;

    TestSession(boolean mayConfigure) {
      this.mayConfigure = mayConfigure;
    }

    @Override
    public Session state() {
      return Session.operational("branch");
    }

    @Override
    public void close() {
      sessionsClosed.countDown();
    }

    @Override
    public String run(Request request, AnswerStream answer, BooleanSupplier cancelled) {
      switch (request.text()) {
        case "wrong" -> {
          return "this is wrong";
        }
        case "fault" -> throw new IllegalStateException("a bug");
        case "may-configure" -> answer.line(Boolean.toString(mayConfigure));
        case "endless" -> {
          try {
            while (!cancelled.getAsBoolean()) {
              answer.line("and so on");
            }
          } finally {
            cancelSeen.countDown();
          }
        }
        default -> answer.line(request.text());
      }
      return null;
    }

    @Override
    public List<Completion> complete(String lineUpToCursor) {
      if (lineUpToCursor.equals("fault")) {
        throw new IllegalStateException("a bug");
      }
      return List.of(Completion.word("show", "help of " + lineUpToCursor));
    }
  }
}
