package dev.culvert.ipsec.sa;

/**
 * The ESP transforms we speak, with their key material (RFC 4106 §8.1, RFC 7634 §2, RFC 7296 §2.17:
 * encryption key, then its salt, then the integrity key).
 */
public enum EspAlgorithm {
  AES_128_GCM("aes-gcm-128", 16, 4, 0, 8, 16, 4),
  AES_256_GCM("aes-gcm-256", 32, 4, 0, 8, 16, 4),
  CHACHA20_POLY1305("chacha20-poly1305", 32, 4, 0, 8, 16, 4),
  AES_256_CBC_HMAC_SHA_256_128("aes-cbc-256", 32, 0, 32, 16, 16, 16);

  private final String junosName;
  private final int encryptionKeyLength;
  private final int saltLength;
  private final int integrityKeyLength;
  private final int ivLength;
  private final int icvLength;
  private final int blockSize;

  EspAlgorithm(
      String junosName,
      int encryptionKeyLength,
      int saltLength,
      int integrityKeyLength,
      int ivLength,
      int icvLength,
      int blockSize) {
    this.junosName = junosName;
    this.encryptionKeyLength = encryptionKeyLength;
    this.saltLength = saltLength;
    this.integrityKeyLength = integrityKeyLength;
    this.ivLength = ivLength;
    this.icvLength = icvLength;
    this.blockSize = blockSize;
  }

  /** As {@code show security ipsec security-associations} prints it. */
  public String junosName() {
    return junosName;
  }

  public int encryptionKeyLength() {
    return encryptionKeyLength;
  }

  public int saltLength() {
    return saltLength;
  }

  public int integrityKeyLength() {
    return integrityKeyLength;
  }

  /** Octets of KEYMAT one direction takes. */
  public int keyMaterialLength() {
    return encryptionKeyLength + saltLength + integrityKeyLength;
  }

  public int ivLength() {
    return ivLength;
  }

  public int icvLength() {
    return icvLength;
  }

  /** What payload, padding and the two trailer octets are padded to. */
  public int blockSize() {
    return blockSize;
  }

  public boolean isAead() {
    return integrityKeyLength == 0;
  }
}
