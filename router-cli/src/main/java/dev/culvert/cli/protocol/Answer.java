package dev.culvert.cli.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One part of the answer to a request; parts follow each other until the {@link Last}. */
public sealed interface Answer {

  /** The id of the request this answers. */
  int id();

  /** Lines to print, without their line ends. */
  record Text(int id, List<String> lines) implements Answer {
    public Text {
      lines = List.copyOf(lines);
    }
  }

  /** Begins an element whose children follow as further parts. */
  record Open(int id, Element head) implements Answer {}

  /** A complete element, below the one opened last. */
  record Whole(int id, Element element) implements Answer {}

  /** Ends the element opened last. */
  record Close(int id) implements Answer {}

  /** What may follow the line of a {@link Request.Type#COMPLETE}. */
  record Completions(int id, List<Completion> completions) implements Answer {
    public Completions {
      completions = List.copyOf(completions);
    }
  }

  /**
   * Ends the answer.
   *
   * @param error one line for the operator, null if the command succeeded
   * @param session as the request left it
   */
  record Last(int id, @Nullable String error, Session session) implements Answer {}
}
