package dev.culvert.ipsec.sa;

/** A Security Parameters Index (RFC 4303 §2.1); 0 to 255 are reserved. */
public record Spi(int bits) implements Comparable<Spi> {
  @Override
  public int compareTo(Spi other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  /** Eight hex digits, as Junos prints it. */
  @Override
  public String toString() {
    return String.format("%08x", bits);
  }
}
