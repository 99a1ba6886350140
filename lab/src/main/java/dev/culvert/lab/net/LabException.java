package dev.culvert.lab.net;

/** The machine refused what a lab needs, or a condition did not come about in time. */
public final class LabException extends RuntimeException {
  public LabException(String message) {
    super(message);
  }

  public LabException(String message, Throwable cause) {
    super(message, cause);
  }
}
