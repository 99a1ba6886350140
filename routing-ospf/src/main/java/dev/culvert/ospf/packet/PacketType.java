package dev.culvert.ospf.packet;

import org.jspecify.annotations.Nullable;

/** RFC 2328 §A.3.1, in wire order from 1. */
public enum PacketType {
  HELLO("Hello"),
  DATABASE_DESCRIPTION("DbD"),
  LINK_STATE_REQUEST("LSReq"),
  LINK_STATE_UPDATE("LSUpdate"),
  LINK_STATE_ACKNOWLEDGMENT("LSAck");

  private final String junosName;

  PacketType(String junosName) {
    this.junosName = junosName;
  }

  public int wireValue() {
    return ordinal() + 1;
  }

  /** The word of {@code show ospf statistics}. */
  public String junosName() {
    return junosName;
  }

  static @Nullable PacketType of(int wireValue) {
    return wireValue >= 1 && wireValue <= 5 ? values()[wireValue - 1] : null;
  }
}
