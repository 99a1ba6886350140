package dev.culvert.core.net;

/** A canonical IPv6 prefix: no bits set past the length. */
public record Ipv6Prefix(Ipv6Address network, int length) implements IpPrefix {
  public static final Ipv6Prefix DEFAULT = new Ipv6Prefix(Ipv6Address.ANY, 0);

  public Ipv6Prefix {
    if (length < 0 || length > 128) {
      throw new IllegalArgumentException("prefix length " + length);
    }
    network = new Ipv6Address(network.high() & highMask(length), network.low() & lowMask(length));
  }

  private static long highMask(int length) {
    return length == 0 ? 0 : -1L << (64 - Math.min(length, 64));
  }

  private static long lowMask(int length) {
    return length <= 64 ? 0 : -1L << (128 - length);
  }

  @Override
  public boolean contains(IpAddress address) {
    return address instanceof Ipv6Address v6
        && (v6.high() & highMask(length)) == network.high()
        && (v6.low() & lowMask(length)) == network.low();
  }

  @Override
  public String toString() {
    return network + "/" + length;
  }
}
