package dev.culvert.cli.io;

import dev.culvert.cli.protocol.Answer;
import java.io.IOException;

/** Takes the parts of an answer as they come. */
public interface AnswerHandler {

  /**
   * Takes one part; the {@link Answer.Last} is not among them.
   *
   * @return false if no further part is wanted: the request is then cancelled
   */
  boolean part(Answer answer) throws IOException;
}
