package dev.culvert.daemon.show;

/** What the words behind {@code security flow session} come to. */
public sealed interface FlowSessionWords permits FlowSessionQuery, FlowSessionWords.Fault {
  /**
   * They make no sense.
   *
   * @param reason one line for the operator
   */
  record Fault(String reason) implements FlowSessionWords {}
}
