package dev.culvert.bgp.attribute;

/** ORIGIN (RFC 4271 §5.1.1); the lower value is preferred. */
public enum Origin {
  IGP('I'),
  EGP('E'),
  INCOMPLETE('?');

  private final char letter;

  Origin(char letter) {
    this.letter = letter;
  }

  /** As {@code show route} prints it behind the AS path. */
  public char letter() {
    return letter;
  }

  public int wireValue() {
    return ordinal();
  }
}
