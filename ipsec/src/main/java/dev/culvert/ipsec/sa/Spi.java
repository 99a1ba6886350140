package dev.culvert.ipsec.sa;

/** A Security Parameters Index (RFC 4303 §2.1); 0 to 255 are reserved. */
public record Spi(int bits) implements Comparable<Spi> {
  /**
   * Which of a router's queues an SA pair with that inbound SPI belongs to, in both directions: the
   * remainder, as the kernel computes it to steer packets.
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
