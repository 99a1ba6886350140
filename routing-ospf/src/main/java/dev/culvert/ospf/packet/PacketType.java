package dev.culvert.ospf.packet;

import org.jspecify.annotations.Nullable;

/** RFC 2328 §A.3.1. */
public enum PacketType {
  HELLO(1, "Hello"),
  DATABASE_DESCRIPTION(2, "DbD"),
  LINK_STATE_REQUEST(3, "LSReq"),
  LINK_STATE_UPDATE(4, "LSUpdate"),
  LINK_STATE_ACKNOWLEDGMENT(5, "LSAck");

  private final int wireValue;
  private final String junosName;

  PacketType(int wireValue, String junosName) {
    this.wireValue = wireValue;
    this.junosName = junosName;
  }

  public int wireValue() {
    return wireValue;
  }

  /** The word of {@code show ospf statistics}. */
  public String junosName() {
    return junosName;
  }

  static @Nullable PacketType of(int wireValue) {
    return wireValue >= 1 && wireValue <= 5 ? values()[wireValue - 1] : null;
  }
}
