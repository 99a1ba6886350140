package dev.culvert.core.wire;

/** The one's complement checksum of RFC 1071. */
public final class InternetChecksum {
  private InternetChecksum() {}

  /** The checksum field's value for those octets (which hold zero in its place). */
  public static int of(byte[] bytes, int from, int to) {
    return fold(sum(bytes, from, to));
  }

  /** The running sum, to be added to others over even lengths and {@link #fold}ed. */
  public static long sum(byte[] bytes, int from, int to) {
    long sum = 0;
    int i = from;
    for (; i + 1 < to; i += 2) {
      sum += (bytes[i] & 0xFF) << 8 | (bytes[i + 1] & 0xFF);
    }
    return i < to ? sum + ((bytes[i] & 0xFF) << 8) : sum;
  }

  public static int fold(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xFFFF) + (folded >>> 16);
    }
    return (int) ~folded & 0xFFFF;
  }
}
