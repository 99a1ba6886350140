package dev.culvert.daemon.show;

/** What the words behind {@code test security path} come to. */
public sealed interface PathWords permits PathQuery, PathWords.Fault {
  /**
   * They make no sense.
   *
   * @param reason one line for the operator
   */
  record Fault(String reason) implements PathWords {}
}
