package dev.culvert.bfd.packet;

/** Why a session last left the Up state, RFC 5880 §4.1; values 9 to 31 are reserved. */
public enum BfdDiagnostic {
  NONE(0, "None"),
  CONTROL_DETECTION_TIME_EXPIRED(1, "CtlExpire"),
  ECHO_FUNCTION_FAILED(2, "EchoFail"),
  NEIGHBOR_SIGNALED_SESSION_DOWN(3, "NbrSignal"),
  FORWARDING_PLANE_RESET(4, "FwdPlaneReset"),
  PATH_DOWN(5, "PathDown"),
  CONCATENATED_PATH_DOWN(6, "ConcatPathDown"),
  ADMINISTRATIVELY_DOWN(7, "AdminDown"),
  REVERSE_CONCATENATED_PATH_DOWN(8, "RevConcatPathDown"),
  RESERVED(9, "Reserved");

  private final int wireValue;
  private final String junosName;

  BfdDiagnostic(int wireValue, String junosName) {
    this.wireValue = wireValue;
    this.junosName = junosName;
  }

  public int wireValue() {
    return wireValue;
  }

  public String junosName() {
    return junosName;
  }

  static BfdDiagnostic ofWire(int value) {
    return value < RESERVED.wireValue ? values()[value] : RESERVED;
  }
}
