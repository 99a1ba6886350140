package dev.culvert.rip.packet;

/** RFC 2453 §4; the commands of RFC 1058 that were for Sun's own use are unknown. */
public enum RipCommand {
  REQUEST(1),
  RESPONSE(2);

  private final int wireValue;

  RipCommand(int wireValue) {
    this.wireValue = wireValue;
  }

  public int wireValue() {
    return wireValue;
  }
}
