package dev.culvert.ospf.packet;

/** The LS checksum of RFC 2328 §12.1.7: ISO 8473's over the LSA without its age. */
final class FletcherChecksum {
  private static final int AGE = 2;
  private static final int CHECKSUM_AT = 16;

  private FletcherChecksum() {}

  /** The checksum for an LSA whose checksum field holds zero. */
  static int of(byte[] lsa) {
    int c0 = 0;
    int c1 = 0;
    for (int i = AGE; i < lsa.length; i++) {
      c0 = (c0 + (lsa[i] & 0xFF)) % 255;
      c1 = (c1 + c0) % 255;
    }
    int x = Math.floorMod((lsa.length - CHECKSUM_AT - 1) * c0 - c1, 255);
    x = x == 0 ? 255 : x;
    int y = 510 - c0 - x;
    y = y > 255 ? y - 255 : y;
    return x << 8 | y;
  }

  /** True if the octets with the checksum in place add up to zero twice. */
  static boolean holds(byte[] lsa) {
    int c0 = 0;
    int c1 = 0;
    for (int i = AGE; i < lsa.length; i++) {
      c0 = (c0 + (lsa[i] & 0xFF)) % 255;
      c1 = (c1 + c0) % 255;
    }
    boolean zero = lsa[CHECKSUM_AT] == 0 && lsa[CHECKSUM_AT + 1] == 0;
    return c0 == 0 && c1 == 0 && !zero;
  }
}
