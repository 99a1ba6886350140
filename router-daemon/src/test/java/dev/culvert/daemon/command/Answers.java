package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Answer;
import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Element;
import dev.culvert.cli.protocol.Request;
import dev.culvert.cli.protocol.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One command's answer, gathered. */
record Answers(String error, String text, Element document) {
  static Answers of(Commands commands, String line, Request.Format format, boolean mayConfigure) {
    List<String> lines = new ArrayList<>();
    Deque<Element.Builder> open = new ArrayDeque<>();
    List<Element> whole = new ArrayList<>();
    AnswerStream stream =
        new AnswerStream(
            1,
            part -> {
              switch (part) {
                case Answer.Text text -> lines.addAll(text.lines());
                case Answer.Open o -> {
                  Element.Builder head = Element.builder(o.head().name());
                  o.head().children().forEach(head::child);
                  open.push(head);
                }
                case Answer.Whole w -> put(open, whole, w.element());
                case Answer.Close c -> {
                  Element closed = open.pop().build();
                  put(open, whole, closed);
                }
                case Answer.Completions c -> throw new IllegalStateException("not asked for");
                case Answer.Last last -> {}
              }
            });
    String error =
        commands.run(Request.command(1, line, format), mayConfigure, stream, () -> false);
    stream.finish(error, Session.operational("branch"));
    String text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    return new Answers(error, text, whole.isEmpty() ? null : whole.getFirst());
  }

  private static void put(Deque<Element.Builder> open, List<Element> whole, Element element) {
    if (open.isEmpty()) {
      whole.add(element);
    } else {
      open.peek().child(element);
    }
  }
}
