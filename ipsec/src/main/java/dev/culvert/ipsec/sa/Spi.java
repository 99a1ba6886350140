package dev.culvert.ipsec.sa;

/** A Security Parameters Index (RFC 4303 §2.1); 0 to 255 are reserved. */
public record Spi(int bits) implements Comparable<Spi> {
  /**
   * Which of that many forwarding queues a pair with this inbound SPI belongs to, in both
   * directions. The kernel steers packets by the same arithmetic.
   *
   * @return 0 to {@code queues - 1}
   */
  public int queue(int queues) {
    return Integer.remainderUnsigned(bits, queues);
  }

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
