package dev.culvert.core.path;

/** ORIGIN (RFC 4271 §5.1.1); the lower value is preferred. */
public enum Origin {
  IGP(0, 'I'),
  EGP(1, 'E'),
  INCOMPLETE(2, '?');

  private final int wireValue;
  private final char letter;

  Origin(int wireValue, char letter) {
    this.wireValue = wireValue;
    this.letter = letter;
  }

  /** As {@code show route} prints it behind the AS path. */
  public char letter() {
    return letter;
  }

  public int wireValue() {
    return wireValue;
  }
}
