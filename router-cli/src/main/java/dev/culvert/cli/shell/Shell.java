package dev.culvert.cli.shell;

import dev.culvert.cli.io.CommandRunner;
import dev.culvert.cli.io.ControlClient;
import dev.culvert.cli.io.ControlException;
import dev.culvert.cli.pipe.CommandLine;
import dev.culvert.cli.pipe.PipeSplitter;
import dev.culvert.cli.pipe.PipeWords;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Session;
import dev.culvert.core.notice.FileErrors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jline.keymap.KeyMap;
import org.jline.reader.Binding;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The interactive shell. Runs on the main thread; Ctrl-C arrives on the terminal's signal thread
 * and only raises a flag and sends a cancel.
 */
public final class Shell {
  private final ControlClient client;
  private final CommandRunner runner;
  private final String user;
  private final Terminal terminal;
  private final LineReader reader;
  private volatile boolean interrupted;
  private @Nullable ControlException lost;

  private Shell(ControlClient client, String user, Terminal terminal) {
    this.client = client;
    this.runner = new CommandRunner(client, this::readTyped);
    this.user = user;
    this.terminal = terminal;
    this.reader = reader(terminal);
    bind("culvert-complete", "\t", this::completeOnTab);
    bind("culvert-space", " ", this::completeOnSpace);
    bind("culvert-help", "?", this::listOnQuestion);
    bindPlainArrows();
  }

  /**
   * Talks to the operator until {@code exit} or the end of input.
   *
   * @return false if the session ended because the daemon went away
   */
  public static boolean interact(ControlClient client, String user)
      throws IOException, ControlException {
    try (Terminal terminal =
        TerminalBuilder.builder().system(true).dumb(true).graphemeCluster(false).build()) {
      return new Shell(client, user, terminal).loop();
    }
  }

  private static LineReader reader(Terminal terminal) {
    // Words are the daemon's business: nothing is escaped, continued or expanded here.
    DefaultParser parser = new DefaultParser();
    parser.setEscapeChars(null);
    parser.setQuoteChars(new char[0]);
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .appName("culvert")
            .parser(parser)
            .history(new ShellHistory())
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .option(LineReader.Option.BRACKETED_PASTE, true)
            .build();
    ShellHistory.keep(reader);
    return reader;
  }

  /** Terminals that do not follow the keypad mode they were put in send these. */
  private void bindPlainArrows() {
    KeyMap<Binding> keys = Objects.requireNonNull(reader.getKeyMaps().get(LineReader.MAIN));
    keys.bind(new Reference(LineReader.UP_LINE_OR_HISTORY), "\u001b[A");
    keys.bind(new Reference(LineReader.DOWN_LINE_OR_HISTORY), "\u001b[B");
    keys.bind(new Reference(LineReader.FORWARD_CHAR), "\u001b[C");
    keys.bind(new Reference(LineReader.BACKWARD_CHAR), "\u001b[D");
  }

  private void bind(String name, String key, Function<String, LineCompletion> completer) {
    reader.getWidgets().put(name, () -> completeWith(key, completer));
    KeyMap<Binding> keys = Objects.requireNonNull(reader.getKeyMaps().get(LineReader.MAIN));
    keys.bind(new Reference(name), key);
  }

  private boolean loop() throws IOException, ControlException {
    Session before = client.session();
    while (lost == null) {
      String line;
      try {
        line = reader.readLine(client.session().prompt(user));
      } catch (UserInterruptException e) {
        continue;
      } catch (EndOfFileException e) {
        return true;
      }
      if (line.isBlank()) {
        continue;
      }
      if (isExit(line)) {
        return true;
      }
      execute(line);
      showEditPath(before, client.session());
      before = client.session();
    }
    throw lost;
  }

  /** Lines up to Ctrl-D; Ctrl-C takes them back. */
  private String readTyped() {
    say("[Type ^D at a new line to end input]");
    StringBuilder text = new StringBuilder();
    while (true) {
      try {
        text.append(reader.readLine("")).append('\n');
      } catch (EndOfFileException e) {
        return text.toString();
      } catch (UserInterruptException e) {
        return "";
      }
    }
  }

  private boolean isExit(String line) {
    String word = line.strip();
    return client.session().mode() == Session.Mode.OPERATIONAL
        && (word.equals("exit") || word.equals("quit"));
  }

  private void execute(String line) throws IOException {
    interrupted = false;
    String prompt = client.session().prompt(user);
    SignalHandler before = terminal.handle(Signal.INT, this::onInterrupt);
    try {
      CommandLine command = CommandLine.parse(line);
      String error = runner.run(command, new Pager(terminal, command.paged(), () -> interrupted));
      if (error != null && !interrupted) {
        ErrorCaret.under(prompt, line, error).ifPresent(this::say);
        say(error);
      }
    } catch (CommandLine.SyntaxException e) {
      say("error: " + e.getMessage());
    } catch (ControlException e) {
      lost = e;
    } catch (IOException e) {
      say("error: " + FileErrors.reason(e));
    } finally {
      terminal.handle(Signal.INT, before);
    }
  }

  private void onInterrupt(Signal signal) {
    if (interrupted) {
      return;
    }
    interrupted = true;
    try {
      client.cancel();
    } catch (ControlException e) {
      // The thread that reads the answer finds the connection lost too, and says so.
      return;
    }
  }

  /** Junos' reminder of where one edits, whenever that changed. */
  private void showEditPath(Session before, Session after) {
    if (after.mode() == Session.Mode.CONFIGURATION && !after.equals(before)) {
      say(("[edit " + after.editPath()).stripTrailing() + "]");
    }
  }

  private LineCompletion completeOnTab(String line) {
    return LineCompletion.onTab(line, completions(line));
  }

  private LineCompletion completeOnSpace(String line) {
    boolean atWord = !line.isEmpty() && !Character.isWhitespace(line.charAt(line.length() - 1));
    return atWord
        ? LineCompletion.onSpace(line, completions(line))
        : new LineCompletion(" ", List.of());
  }

  private LineCompletion listOnQuestion(String line) {
    return LineCompletion.onQuestion(completions(line));
  }

  private boolean completeWith(String key, Function<String, LineCompletion> completer) {
    String line = reader.getBuffer().upToCursor();
    if (LineCompletion.isQuoted(line)) {
      reader.getBuffer().write(key);
      return true;
    }
    LineCompletion completion = completer.apply(line);
    if (!completion.list().isEmpty()) {
      reader.printAbove(
          client.session().prompt(user) + line + "\n" + String.join("\n", completion.list()));
    }
    reader.getBuffer().write(completion.insert());
    return true;
  }

  /** Pipes are completed here, everything before them by the daemon. */
  private List<Completion> completions(String line) {
    List<String> parts = PipeSplitter.split(line);
    if (parts.size() > 1) {
      return PipeWords.completions(parts.getLast());
    }
    try {
      List<Completion> completions = new ArrayList<>(client.complete(line));
      String word = line.strip();
      if (client.session().mode() == Session.Mode.OPERATIONAL && !word.contains(" ")) {
        for (String own : List.of("exit", "quit")) {
          if (own.startsWith(line.stripLeading())) {
            completions.add(Completion.word(own, "Leave the shell"));
          }
        }
      }
      return completions;
    } catch (ControlException e) {
      lost = e;
      return List.of();
    } catch (IOException e) {
      throw new IllegalStateException("completions are not written anywhere", e);
    }
  }

  private void say(String text) {
    terminal.writer().println(Pager.printable(text));
    terminal.flush();
  }
}
