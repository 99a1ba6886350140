package dev.culvert.bfd.packet;

/** Session state, RFC 5880 §4.1. */
public enum BfdState {
  ADMIN_DOWN(0, "AdminDown"),
  DOWN(1, "Down"),
  INIT(2, "Init"),
  UP(3, "Up");

  private final int wireValue;
  private final String junosName;

  BfdState(int wireValue, String junosName) {
    this.wireValue = wireValue;
    this.junosName = junosName;
  }

  public int wireValue() {
    return wireValue;
  }

  public String junosName() {
    return junosName;
  }

  /** The state in the two low bits of {@code value}; all four values are assigned. */
  static BfdState ofWire(int value) {
    return switch (value & 3) {
      case 0 -> ADMIN_DOWN;
      case 1 -> DOWN;
      case 2 -> INIT;
      default -> UP;
    };
  }
}
