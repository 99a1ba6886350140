package dev.culvert.cli.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's side of one answer: takes lines and elements one by one and sends them in parts of a
 * reasonable size. Confined to the thread that answers.
 */
public final class AnswerStream {
  /**
   * Lines gathered before a part is sent: small enough that a pager sees its first page at once.
   */
  private static final int LINES_PER_PART = 256;

  private static final int CHARACTERS_PER_PART = 64 * 1024;

  private final int id;
  private final Consumer<? super Answer> output;
  private final List<String> lines = new ArrayList<>();
  private int characters;

  public AnswerStream(int id, Consumer<? super Answer> output) {
    this.id = id;
    this.output = output;
  }

  /** A line of text; line ends inside it make it several. */
  public void line(String text) {
    if (text.indexOf('\n') >= 0) {
      text.lines().forEach(this::addLine);
    } else {
      addLine(text);
    }
  }

  public void open(Element head) {
    send(new Answer.Open(id, head));
  }

  public void element(Element whole) {
    send(new Answer.Whole(id, whole));
  }

  public void close() {
    send(new Answer.Close(id));
  }

  public void completions(List<Completion> completions) {
    send(new Answer.Completions(id, completions));
  }

  /** Ends the answer; nothing may follow. */
  public void finish(@Nullable String error, Session session) {
    send(new Answer.Last(id, error, session));
  }

  private void addLine(String text) {
    lines.add(text);
    characters += text.length();
    if (lines.size() >= LINES_PER_PART || characters >= CHARACTERS_PER_PART) {
      flush();
    }
  }

  /** Sends the lines gathered so far. */
  public void flush() {
    if (!lines.isEmpty()) {
      output.accept(new Answer.Text(id, lines));
      lines.clear();
      characters = 0;
    }
  }

  private void send(Answer answer) {
    flush();
    output.accept(answer);
  }
}
