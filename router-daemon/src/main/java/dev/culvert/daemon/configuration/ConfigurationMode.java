package dev.culvert.daemon.configuration;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.EditPath;
import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.config.Words;
import dev.culvert.core.notice.FileErrors;
import dev.culvert.daemon.show.ConfigurationShow;
import dev.culvert.engine.config.RouterConfigReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The commands of configuration mode: what an operator types there, done to a {@link
 * ConfigurationSession}. Words may be abbreviated as in operational mode. Confined to the
 * operator's thread.
 */
public final class ConfigurationMode {
  private static final Pattern LOAD = Pattern.compile("(\\w+)\\s+terminal(?:\\s+(relative))?");
  private static final Pattern ROLLBACK = Pattern.compile("(\\d{1,2})?");
  private static final int CONFIRM_MINUTES = 10;
  private static final int MAX_CONFIRM_MINUTES = 65_535;

  private static final List<Completion> COMMIT_OPTIONS =
      List.of(
          Completion.word("and-quit", "Quit configuration mode if commit succeeds"),
          Completion.word("check", "Check correctness of syntax; do not apply changes"),
          Completion.word("comment", "Add comment to commit log"),
          Completion.word("confirmed", "Automatically rollback if not confirmed"));
  private static final List<Completion> LOAD_OPTIONS =
      List.of(
          Completion.word("merge", "Merge contents with existing configuration"),
          Completion.word("override", "Override existing configuration"),
          Completion.word("replace", "Replace configuration data"),
          Completion.word("set", "Execute set of commands on existing configuration"),
          Completion.word("update", "Update existing configuration"));
  private static final List<Completion> REPLACE_WORDS =
      List.of(
          Completion.word("pattern", "Expression to be replaced"),
          Completion.word("with", "What takes its place"));
  private static final List<Completion> ROLLBACK_OPTIONS =
      List.of(
          Completion.placeholder("<number>", "Numeric argument"),
          Completion.word("rescue", "Roll back to the saved rescue configuration"));

  /** Runs an operational command, for {@code run}. */
  @FunctionalInterface
  public interface Operational {
    @Nullable String run(String line);
  }

  /** Completes an operational line, for {@code run}. */
  @FunctionalInterface
  public interface Completer {
    List<Completion> complete(String lineUpToCursor);
  }

  private final ConfigurationSession session;

  public ConfigurationMode(ConfigurationSession session) {
    this.session = session;
  }

  /**
   * Runs a line.
   *
   * @return null if it succeeded, otherwise one line for the operator
   */
  public @Nullable String run(Request request, AnswerStream answer, Operational operational) {
    String line = request.text().strip();
    String typed = firstWord(line);
    String rest = line.substring(typed.length()).strip();
    if (typed.equals("configure")) {
      return "error: already in configuration mode";
    }
    List<ModeCommand> meant = ModeCommand.begunBy(typed);
    if (meant.size() != 1) {
      return meant.isEmpty()
          ? "unknown command: '" + typed + "'"
          : "'"
              + typed
              + "' is ambiguous: "
              + String.join(", ", meant.stream().map(ModeCommand::word).toList());
    }
    return switch (meant.getFirst()) {
      case SET -> edit("set", rest, answer);
      case DELETE -> edit("delete", rest, answer);
      case ACTIVATE -> edit("activate", rest, answer);
      case DEACTIVATE, ANNOTATE, COPY, INSERT, PROTECT, RENAME, REPLACE, UNPROTECT ->
          edit(meant.getFirst().word(), rest, answer);
      case EDIT -> down(rest);
      case UP -> up(rest);
      case TOP -> top(request, rest, answer, operational);
      case EXIT, QUIT -> exit(rest, answer);
      case SHOW -> show(request, rest, answer);
      case COMMIT -> commit(rest, answer);
      case ROLLBACK -> rollback(rest, answer);
      case LOAD -> load(rest, request.input(), answer);
      case STATUS -> status(answer);
      case RUN -> operational.run(rest);
    };
  }

  private static String firstWord(String line) {
    int end = 0;
    while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
      end++;
    }
    return line.substring(0, end);
  }

  private @Nullable String edit(String verb, String rest, AnswerStream answer) {
    if (rest.isEmpty() && session.path().isTop()) {
      if (!verb.equals("delete")) {
        return "error: '" + verb + "' needs a statement";
      }
      if (session.tree().isProtected()) {
        return "error: something is protected: unprotect it first";
      }
      session.replace(ConfigurationText.empty());
      return null;
    }
    Diagnostics diagnostics = new Diagnostics();
    session.edit(session.path().line(verb, rest), diagnostics);
    return tell(diagnostics, answer);
  }

  /** Where a line typed by hand is wrong need not be said: the path and the reason are. */
  private static @Nullable String tell(Diagnostics diagnostics, AnswerStream answer) {
    Findings.lines(diagnostics).forEach(answer::line);
    return diagnostics.hasErrors() ? "error: the configuration was not changed" : null;
  }

  private @Nullable String down(String rest) {
    if (rest.isEmpty()) {
      return "error: edit needs a statement";
    }
    return switch (session.path().down(RouterConfigReader.schema(), Words.split(rest))) {
      case EditPath.Found.Unknown(String reason) -> "error: " + reason;
      case EditPath.Found.At(EditPath path) -> {
        session.enter(path);
        yield null;
      }
    };
  }

  private @Nullable String up(String rest) {
    if (!rest.isEmpty() && !rest.matches("[1-9]\\d?")) {
      return "error: up takes a number of levels, 1 to 99";
    }
    session.moveTo(session.path().up(rest.isEmpty() ? 1 : Integer.parseInt(rest)));
    return null;
  }

  /** {@code top}, or {@code top set …} and the like: done there, and back. */
  private @Nullable String top(
      Request request, String rest, AnswerStream answer, Operational operational) {
    EditPath before = session.path();
    session.moveTo(EditPath.TOP);
    if (rest.isEmpty()) {
      return null;
    }
    @Nullable String error = run(request.withText(rest), answer, operational);
    boolean moves = ModeCommand.begunBy(firstWord(rest)).equals(List.of(ModeCommand.EDIT));
    if (session.isConfiguring() && (!moves || error != null)) {
      session.moveTo(before);
    }
    return error;
  }

  private @Nullable String exit(String rest, AnswerStream answer) {
    boolean whole = rest.startsWith("c") && "configuration-mode".startsWith(rest);
    if (!rest.isEmpty() && !whole) {
      return "error: exit takes configuration-mode, or nothing";
    }
    if (whole || session.path().isTop()) {
      List<String> notices = new ArrayList<>();
      session.leave(notices);
      notices.forEach(answer::line);
      answer.line("Exiting configuration mode");
    } else {
      session.back();
    }
    return null;
  }

  private @Nullable String show(Request request, String rest, AnswerStream answer) {
    return new ConfigurationView(session.store(), session.tree(), session.path().words())
        .answer(rest, request.format(), answer);
  }

  private static String noSuch(int rollback) {
    return "error: rollback " + rollback + ": there is no such commit";
  }

  private static String cannotRead(IOException e) {
    return "error: cannot read the commits: " + FileErrors.reason(e);
  }

  private @Nullable String commit(String rest, AnswerStream answer) {
    boolean check = false;
    boolean quit = false;
    int minutes = 0;
    String comment = "";
    List<String> words = Words.split(rest);
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      boolean hasNext = i + 1 < words.size();
      if (means(word, "check")) {
        check = true;
      } else if (means(word, "and-quit")) {
        quit = true;
      } else if (means(word, "confirmed")) {
        minutes = CONFIRM_MINUTES;
        if (hasNext && words.get(i + 1).matches("\\d{1,5}")) {
          minutes = Integer.parseInt(words.get(++i));
          if (minutes < 1 || minutes > MAX_CONFIRM_MINUTES) {
            return "error: commit confirmed takes 1 to " + MAX_CONFIRM_MINUTES + " minutes";
          }
        }
      } else if (means(word, "comment") && hasNext) {
        comment = words.get(++i);
      } else {
        return "error: commit takes check, and-quit, confirmed [minutes] and comment TEXT, not '"
            + word
            + "'";
      }
    }
    ConfigurationStore.Outcome outcome =
        session.commit(
            new ConfigurationStore.CommitOrder(session.user(), "cli", check, minutes, comment));
    outcome.lines().forEach(answer::line);
    if (outcome.error() == null && quit && !check) {
      session.leave(new ArrayList<>());
      answer.line("Exiting configuration mode");
    }
    return outcome.error();
  }

  /** Three letters will do. */
  private static boolean means(String typed, String word) {
    return typed.length() >= Math.min(3, word.length()) && word.startsWith(typed);
  }

  private @Nullable String rollback(String rest, AnswerStream answer) {
    boolean isRescue = rest.equals("rescue");
    Matcher number = ROLLBACK.matcher(rest);
    if (!isRescue && !number.matches()) {
      return "error: rollback takes a number, 0 to " + (CommitHistory.KEPT - 1) + ", or rescue";
    }
    try {
      int back = isRescue || rest.isEmpty() ? 0 : Integer.parseInt(rest);
      Optional<ConfigTree> tree =
          isRescue ? session.store().rescue() : session.store().rollback(back);
      if (tree.isEmpty()) {
        return isRescue ? "error: no rescue configuration is saved" : noSuch(back);
      }
      session.replace(tree.get());
      answer.line("load complete");
      return null;
    } catch (IOException e) {
      return cannotRead(e);
    }
  }

  private @Nullable String load(String rest, @Nullable String text, AnswerStream answer) {
    Matcher form = LOAD.matcher(rest);
    if (!form.matches() || text == null) {
      return "error: load takes merge, override, replace, set or update, and a file or terminal";
    }
    if (form.group(2) != null && !session.path().isTop()) {
      return "error: load relative: go to the top first";
    }
    Diagnostics diagnostics = new Diagnostics();
    switch (form.group(1)) {
      case "merge", "set" -> session.merge(text, false, diagnostics);
      case "replace" -> session.merge(text, true, diagnostics);
      case "override", "update" -> {
        ConfigTree tree = ConfigurationText.parse(text, diagnostics);
        if (!diagnostics.hasErrors()) {
          session.replace(tree);
        }
      }
      default -> {
        return "error: load takes merge, override, replace, set or update, not '"
            + form.group(1)
            + "'";
      }
    }
    for (Diagnostics.Finding finding : diagnostics.findings()) {
      answer.line(
          "terminal:"
              + finding.position().line()
              + ": ["
              + finding.path()
              + "] "
              + finding.message());
    }
    long faults =
        diagnostics.findings().stream()
            .filter(f -> f.severity() == Diagnostics.Severity.ERROR)
            .count();
    if (faults > 0) {
      return "error: load failed (" + faults + (faults == 1 ? " error)" : " errors)");
    }
    answer.line("load complete");
    return null;
  }

  private @Nullable String status(AnswerStream answer) {
    answer.line("Users currently editing the configuration:");
    for (ConfigurationSession other : session.store().editing()) {
      ConfigurationSession.Kind kind = other.kind();
      String suffix =
          kind == null || kind == ConfigurationSession.Kind.SHARED
              ? ""
              : " (" + ValueTypes.junosWord(kind) + ")";
      answer.line("  " + other.user() + suffix);
    }
    return null;
  }

  /** What may follow the line up to the cursor. */
  public List<Completion> complete(String line, Completer operational) {
    String begun = line.stripLeading();
    String typed = firstWord(begun);
    if (begun.length() == typed.length()) {
      return Stream.of(ModeCommand.values())
          .filter(command -> command.word().startsWith(typed))
          .map(command -> Completion.word(command.word(), command.help()))
          .toList();
    }
    List<ModeCommand> meant = ModeCommand.begunBy(typed);
    if (meant.size() != 1) {
      return List.of();
    }
    String rest = begun.substring(typed.length()).stripLeading();
    return switch (meant.getFirst()) {
      case RUN -> operational.complete(rest);
      case TOP -> complete(rest, operational);
      case COMMIT -> options(rest, COMMIT_OPTIONS);
      case LOAD -> options(rest, LOAD_OPTIONS);
      case ROLLBACK -> options(rest, ROLLBACK_OPTIONS);
      default ->
          meant.getFirst().takesStatement()
              ? Stream.concat(statements(rest).stream(), markers(meant.getFirst(), rest).stream())
                  .toList()
              : List.of();
    };
  }

  private static List<Completion> options(String rest, List<Completion> all) {
    List<String> words = new ArrayList<>(Words.split(rest));
    String partial = rest.isEmpty() || rest.endsWith(" ") ? "" : words.removeLast();
    return all.stream()
        .filter(option -> !option.literal() || option.word().startsWith(partial))
        .filter(option -> !words.contains(option.word()))
        .toList();
  }

  /** The words between two statements, or before a pattern. */
  private static List<Completion> markers(ModeCommand command, String rest) {
    return switch (command) {
      case COPY, RENAME ->
          rest.isBlank() ? List.of() : options(rest, List.of(Completion.word("to", "New name")));
      case INSERT ->
          rest.isBlank()
              ? List.of()
              : options(
                  rest,
                  List.of(
                      Completion.word("after", "Insert after given data element"),
                      Completion.word("before", "Insert before given data element")));
      case REPLACE -> options(rest, REPLACE_WORDS);
      default -> List.of();
    };
  }

  private List<Completion> statements(String rest) {
    List<String> words = new ArrayList<>(session.path().words());
    words.addAll(Words.split(rest));
    boolean isPartial = !rest.isEmpty() && !Character.isWhitespace(rest.charAt(rest.length() - 1));
    String partial = isPartial ? words.removeLast() : "";
    return ConfigurationShow.complete(RouterConfigReader.schema(), words, partial);
  }
}
