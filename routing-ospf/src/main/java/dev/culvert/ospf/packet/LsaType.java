package dev.culvert.ospf.packet;

import org.jspecify.annotations.Nullable;

/** The LS types of RFC 2328 §A.4.1 that Culvert keeps. */
public enum LsaType {
  ROUTER(1, "Router"),
  NETWORK(2, "Network"),
  SUMMARY_NETWORK(3, "Summary"),
  SUMMARY_ASBR(4, "ASBRSum"),
  AS_EXTERNAL(5, "Extern");

  private final int wireValue;
  private final String junosName;

  LsaType(int wireValue, String junosName) {
    this.wireValue = wireValue;
    this.junosName = junosName;
  }

  public int wireValue() {
    return wireValue;
  }

  /** The word of {@code show ospf database}. */
  public String junosName() {
    return junosName;
  }

  public static @Nullable LsaType of(int wireValue) {
    return wireValue >= 1 && wireValue <= 5 ? values()[wireValue - 1] : null;
  }
}
