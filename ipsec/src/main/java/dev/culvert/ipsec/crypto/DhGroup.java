package dev.culvert.ipsec.crypto;

import java.util.Arrays;
import java.util.Optional;

/** The Diffie-Hellman groups we speak (RFC 3526 §3, RFC 5903 §3, RFC 8031). */
public enum DhGroup {
  GROUP14(14, 256, 256),
  GROUP19(19, 64, 32),
  GROUP20(20, 96, 48),
  GROUP31(31, 32, 32);

  private final int wireValue;
  private final int publicLength;
  private final int secretLength;

  DhGroup(int wireValue, int publicLength, int secretLength) {
    this.wireValue = wireValue;
    this.publicLength = publicLength;
    this.secretLength = secretLength;
  }

  /** Transform ID of type 4, also the KE payload's group number. */
  public int wireValue() {
    return wireValue;
  }

  /** Octets of a public value in the KE payload. */
  public int publicLength() {
    return publicLength;
  }

  /** Octets of the shared secret g^ir. */
  public int secretLength() {
    return secretLength;
  }

  /** As {@code show} prints it. */
  public String junosName() {
    return "DH-group-" + wireValue;
  }

  public static Optional<DhGroup> ofWireValue(int wireValue) {
    return Arrays.stream(values()).filter(g -> g.wireValue == wireValue).findFirst();
  }
}
