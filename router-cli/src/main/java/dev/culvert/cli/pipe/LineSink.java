package dev.culvert.cli.pipe;

import java.io.IOException;

/**
 * Takes the lines of an answer one by one, as they come. Confined to the thread that runs the
 * command.
 */
public interface LineSink {

  /**
   * Takes a line without its line end.
   *
   * @return false if no further line is wanted, so that the command can be stopped
   */
  boolean line(String text) throws IOException;

  /** Brings what was taken before the operator's eyes; called when more may take a while. */
  default void flush() throws IOException {}

  /** Called once after the last line, also when the command was stopped or failed. */
  default void finish() throws IOException {}
}
