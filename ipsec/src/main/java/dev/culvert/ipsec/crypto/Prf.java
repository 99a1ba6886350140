package dev.culvert.ipsec.crypto;

import java.util.Arrays;
import java.util.Optional;

/** The pseudo-random functions we speak (RFC 4868). */
public enum Prf {
  HMAC_SHA2_256(5, "HmacSHA256", 32, "hmac-sha256"),
  HMAC_SHA2_384(6, "HmacSHA384", 48, "hmac-sha384");

  private final int wireValue;
  private final String macName;
  private final int length;
  private final String junosName;

  Prf(int wireValue, String macName, int length, String junosName) {
    this.wireValue = wireValue;
    this.macName = macName;
    this.length = length;
    this.junosName = junosName;
  }

  /** Transform ID of type 2. */
  public int wireValue() {
    return wireValue;
  }

  /** Its name in the JCA. */
  String macName() {
    return macName;
  }

  /** Octets of output, which is also the preferred key length. */
  public int length() {
    return length;
  }

  public String junosName() {
    return junosName;
  }

  public static Optional<Prf> ofWireValue(int wireValue) {
    return Arrays.stream(values()).filter(p -> p.wireValue == wireValue).findFirst();
  }
}
