package dev.culvert.cli.io;

/** The daemon cannot be talked to; the message is one line for the operator. */
public final class ControlException extends Exception {
  public ControlException(String message) {
    super(message);
  }

  public ControlException(String message, Throwable cause) {
    super(message, cause);
  }
}
