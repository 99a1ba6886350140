package dev.culvert.cli.pipe;

import dev.culvert.core.config.Words;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A line as an operator typed it, taken apart: the command for the daemon, the form of its answer,
 * and the filters it goes through.
 *
 * @param command without the client's pipes; {@code | compare} and {@code | display inheritance}
 *     stay, the daemon does that
 * @param paged false after {@code | no-more}
 */
public record CommandLine(String command, Display display, List<PipeStage> stages, boolean paged) {

  public CommandLine {
    stages = List.copyOf(stages);
  }

  /** Why a line was not understood, in words for the operator. */
  public static final class SyntaxException extends Exception {
    SyntaxException(String message) {
      super(message);
    }
  }

  public static CommandLine parse(String line) throws SyntaxException {
    List<String> parts = PipeSplitter.split(line);
    StringBuilder command = new StringBuilder(parts.getFirst().strip());
    Display display = Display.TEXT;
    List<PipeStage> stages = new ArrayList<>();
    boolean paged = true;
    for (String part : parts.subList(1, parts.size())) {
      List<String> words = Words.split(part);
      if (words.isEmpty()) {
        throw new SyntaxException("nothing follows the |");
      }
      String name = PipeWords.resolve(words.getFirst());
      List<String> arguments = words.subList(1, words.size());
      switch (name) {
        case "display" -> {
          if (isInheritance(arguments)) {
            command.append(" | display inheritance");
          } else {
            display = display(arguments);
          }
        }
        case "compare" -> command.append(" | ").append(part.strip());
        case "no-more" -> {
          none(name, arguments);
          paged = false;
        }
        default -> stages.add(stage(name, arguments));
      }
    }
    return new CommandLine(command.toString(), display, stages, paged);
  }

  /** The sink to put the answer's lines into so that they reach {@code output} filtered. */
  public LineSink through(LineSink output) {
    LineSink sink = output;
    for (PipeStage stage : stages.reversed()) {
      sink = stage.into(sink);
    }
    return sink;
  }

  private static boolean isInheritance(List<String> arguments) {
    return arguments.size() == 1
        && arguments.getFirst().length() >= 2
        && "inheritance".startsWith(arguments.getFirst());
  }

  private static Display display(List<String> arguments) throws SyntaxException {
    String form = single("display", "inheritance, json, xml or set", arguments);
    return switch (form) {
      case "json" -> Display.JSON;
      case "xml" -> Display.XML;
      case "set" -> Display.SET;
      default ->
          throw new SyntaxException("display inheritance, json, xml or set, not '" + form + "'");
    };
  }

  private static PipeStage stage(String name, List<String> arguments) throws SyntaxException {
    return switch (name) {
      case "match" -> new PipeStage.Match(expression(name, arguments));
      case "except" -> new PipeStage.Except(expression(name, arguments));
      case "find" -> new PipeStage.Find(expression(name, arguments));
      case "count" -> {
        none(name, arguments);
        yield new PipeStage.Count();
      }
      case "last" -> last(arguments);
      case "save" -> save(arguments);
      default -> throw new IllegalStateException("no stage for " + name);
    };
  }

  /** As in Junos, expressions ignore case. */
  private static Pattern expression(String name, List<String> arguments) throws SyntaxException {
    String expression = single(name, "a regular expression", arguments);
    try {
      return Pattern.compile(expression, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    } catch (PatternSyntaxException e) {
      throw new SyntaxException(
          name + ": '" + expression + "' is no regular expression: " + e.getDescription());
    }
  }

  private static PipeStage last(List<String> arguments) throws SyntaxException {
    String lines = arguments.isEmpty() ? "10" : single("last", "a number of lines", arguments);
    if (!lines.matches("[1-9][0-9]{0,5}") || Integer.parseInt(lines) > PipeStage.Last.MAX_LINES) {
      throw new SyntaxException("last takes 1 to " + PipeStage.Last.MAX_LINES + " lines");
    }
    return new PipeStage.Last(Integer.parseInt(lines));
  }

  private static PipeStage save(List<String> arguments) throws SyntaxException {
    String file = single("save", "a file name", arguments);
    try {
      return new PipeStage.Save(Path.of(file));
    } catch (InvalidPathException e) {
      throw new SyntaxException("save: no file can be called '" + file + "'");
    }
  }

  private static String single(String name, String what, List<String> arguments)
      throws SyntaxException {
    if (arguments.size() != 1) {
      throw new SyntaxException(
          name + " takes " + what + (arguments.isEmpty() ? "" : ", quoted if it has blanks"));
    }
    return arguments.getFirst();
  }

  private static void none(String name, List<String> arguments) throws SyntaxException {
    if (!arguments.isEmpty()) {
      throw new SyntaxException(name + " takes nothing, not '" + arguments.getFirst() + "'");
    }
  }
}
