package dev.culvert.ipsec.ike.message;

import java.util.Arrays;
import java.util.Optional;

/** The exchanges of RFC 7296 §1. */
public enum ExchangeType {
  IKE_SA_INIT(34),
  IKE_AUTH(35),
  CREATE_CHILD_SA(36),
  INFORMATIONAL(37);

  private final int wireValue;

  ExchangeType(int wireValue) {
    this.wireValue = wireValue;
  }

  public int wireValue() {
    return wireValue;
  }

  public static Optional<ExchangeType> ofWireValue(int wireValue) {
    return Arrays.stream(values()).filter(e -> e.wireValue == wireValue).findFirst();
  }
}
