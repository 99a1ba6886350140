package dev.culvert.ipsec.crypto;

/** How IKE messages are protected: an AEAD (RFC 5282), or AES-CBC with an HMAC (RFC 7296 §3.14). */
public enum IkeCipher {
  AES_128_GCM(20, 128, 0, 16, 4, 0, 8, 16, "aes128-gcm"),
  AES_256_GCM(20, 256, 0, 32, 4, 0, 8, 16, "aes256-gcm"),
  AES_256_CBC_HMAC_SHA_256_128(12, 256, 12, 32, 0, 32, 16, 16, "aes256-cbc");

  private final int encryptionWireValue;
  private final int keyBits;
  private final int integrityWireValue;
  private final int encryptionKeyLength;
  private final int saltLength;
  private final int integrityKeyLength;
  private final int ivLength;
  private final int icvLength;
  private final String junosName;

  IkeCipher(
      int encryptionWireValue,
      int keyBits,
      int integrityWireValue,
      int encryptionKeyLength,
      int saltLength,
      int integrityKeyLength,
      int ivLength,
      int icvLength,
      String junosName) {
    this.encryptionWireValue = encryptionWireValue;
    this.keyBits = keyBits;
    this.integrityWireValue = integrityWireValue;
    this.encryptionKeyLength = encryptionKeyLength;
    this.saltLength = saltLength;
    this.integrityKeyLength = integrityKeyLength;
    this.ivLength = ivLength;
    this.icvLength = icvLength;
    this.junosName = junosName;
  }

  /** Transform ID of type 1. */
  public int encryptionWireValue() {
    return encryptionWireValue;
  }

  /** The Key Length attribute. */
  public int keyBits() {
    return keyBits;
  }

  /** Transform ID of type 3; 0 (NONE) for an AEAD. */
  public int integrityWireValue() {
    return integrityWireValue;
  }

  /** Octets of SK_e: the key and, for an AEAD, its salt (RFC 5282 §7.1). */
  public int encryptionKeyLength() {
    return encryptionKeyLength + saltLength;
  }

  public int saltLength() {
    return saltLength;
  }

  /** Octets of SK_a. */
  public int integrityKeyLength() {
    return integrityKeyLength;
  }

  public int ivLength() {
    return ivLength;
  }

  public int icvLength() {
    return icvLength;
  }

  public boolean isAead() {
    return integrityKeyLength == 0;
  }

  /** As {@code show security ike security-associations detail} prints it. */
  public String junosName() {
    return junosName;
  }

  /** The "Authentication" line of the same output. */
  public String integrityName() {
    return isAead() ? "None" : "hmac-sha256-128";
  }
}
