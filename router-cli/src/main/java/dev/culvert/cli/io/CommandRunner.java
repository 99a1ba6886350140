package dev.culvert.cli.io;

import dev.culvert.cli.pipe.CommandLine;
import dev.culvert.cli.pipe.Display;
import dev.culvert.cli.pipe.LineSink;
import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.DocumentWriter;
import dev.culvert.cli.protocol.Element;
import dev.culvert.cli.protocol.JsonDocumentWriter;
import dev.culvert.cli.protocol.XmlDocumentWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs one command line: asks the daemon, renders, filters, hands out line by line. Holds no more
 * than one part of the answer. Confined to the client's thread.
 */
public final class CommandRunner {
  /** {@code load override FILE}: the operator's file, read with the operator's rights. */
  private static final Pattern LOAD =
      Pattern.compile("\\s*(load\\s+(?:override|merge|replace|update|set))\\s+(\\S+)\\s*");

  /** Where {@code load … terminal} reads: what an operator types or pastes, up to its end. */
  @FunctionalInterface
  public interface Typed {
    String read() throws IOException;
  }

  private final ControlClient client;
  private final Typed typed;

  /** For commands that read nothing but files. */
  public CommandRunner(ControlClient client) {
    this(client, () -> "");
  }

  public CommandRunner(ControlClient client, Typed typed) {
    this.client = client;
    this.typed = typed;
  }

  /**
   * Runs a line that was taken apart.
   *
   * @return the error the daemon reported, or null
   */
  public @Nullable String run(CommandLine line, LineSink output)
      throws ControlException, IOException {
    Matcher load = LOAD.matcher(line.command());
    String command = line.command();
    String input = null;
    if (load.matches()) {
      boolean isTyped = load.group(2).equals("terminal");
      input = isTyped ? typed.read() : Files.readString(Path.of(load.group(2)));
      command = load.group(1) + " terminal";
    }
    Rendering rendering = new Rendering(line.display(), line.through(output));
    try {
      Answer.Last last =
          client.command(
              command,
              line.display().format(),
              input,
              part -> {
                boolean wanted = rendering.part(part);
                output.flush();
                return wanted;
              });
      rendering.end(last.error());
      return rendering.stopped ? null : last.error();
    } finally {
      rendering.lines.finish();
    }
  }

  /** Turns the parts of one answer into lines. */
  private static final class Rendering {
    private final Display display;
    private final LineSink lines;
    private final List<String> produced = new ArrayList<>();
    private @Nullable DocumentWriter document;
    private boolean stopped;

    Rendering(Display display, LineSink lines) {
      this.display = display;
      this.lines = lines;
    }

    boolean part(Answer answer) throws IOException {
      switch (answer) {
        case Answer.Text text when isDocument() ->
            // Where Junos has no elements for an answer it wraps its text.
            document().element(Element.leaf("output", String.join("\n", text.lines())));
        case Answer.Text text -> produced.addAll(text.lines());
        case Answer.Open open -> document().open(open.head());
        case Answer.Whole whole -> document().element(whole.element());
        case Answer.Close close -> document().close();
        case Answer.Completions completions -> {}
        case Answer.Last last -> {}
      }
      stopped = !drain();
      return !stopped;
    }

    void end(@Nullable String error) throws IOException {
      boolean nothingToShow = error != null && document == null;
      if (isDocument() && !stopped && !nothingToShow) {
        document().end();
        drain();
      }
    }

    private boolean isDocument() {
      return display == Display.JSON || display == Display.XML;
    }

    private DocumentWriter document() {
      if (document == null) {
        document =
            display == Display.XML
                ? new XmlDocumentWriter(produced::add)
                : new JsonDocumentWriter(produced::add);
      }
      return document;
    }

    private boolean drain() throws IOException {
      for (String line : produced) {
        if (!lines.line(line)) {
          produced.clear();
          return false;
        }
      }
      produced.clear();
      return true;
    }
  }
}
