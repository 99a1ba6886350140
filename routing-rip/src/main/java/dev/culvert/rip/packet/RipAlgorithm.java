package dev.culvert.rip.packet;

/** What a digest is computed by (RFC 2082, RFC 4822 §2.1). */
public enum RipAlgorithm {
  /** Keyed MD5: the key stands behind the message. */
  MD5("MD5", 16, 16),
  HMAC_SHA_1("SHA-1", 20, 64),
  HMAC_SHA_256("SHA-256", 32, 64),
  HMAC_SHA_384("SHA-384", 48, 128),
  HMAC_SHA_512("SHA-512", 64, 128);

  private final String digestName;
  private final int digestLength;
  private final int blockLength;

  RipAlgorithm(String digestName, int digestLength, int blockLength) {
    this.digestName = digestName;
    this.digestLength = digestLength;
    this.blockLength = blockLength;
  }

  String digestName() {
    return digestName;
  }

  /** Octets. */
  public int digestLength() {
    return digestLength;
  }

  int blockLength() {
    return blockLength;
  }
}
