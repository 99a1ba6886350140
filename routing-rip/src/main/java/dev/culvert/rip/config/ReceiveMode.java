package dev.culvert.rip.config;

/** {@code receive}: which messages are taken. */
public enum ReceiveMode {
  BOTH("both"),
  NONE("none"),
  VERSION_1("v1 only"),
  VERSION_2("v2 only");

  private final String shown;

  ReceiveMode(String shown) {
    this.shown = shown;
  }

  /** As {@code show rip neighbor} has it. */
  public String shown() {
    return shown;
  }

  /** Versions above 2 are read as 2 (RFC 2453 §4.6). */
  public boolean takes(int version) {
    return switch (this) {
      case BOTH -> true;
      case NONE -> false;
      case VERSION_1 -> version == 1;
      case VERSION_2 -> version > 1;
    };
  }
}
