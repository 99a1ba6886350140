package dev.culvert.core.net;

/** A canonical IPv4 prefix: no bits set past the length. */
public record Ipv4Prefix(Ipv4Address network, int length) implements IpPrefix {
  public static final Ipv4Prefix DEFAULT = new Ipv4Prefix(Ipv4Address.ANY, 0);

  public Ipv4Prefix {
    if (length < 0 || length > 32) {
      throw new IllegalArgumentException("prefix length " + length);
    }
    network = new Ipv4Address(network.bits() & mask(length));
  }

  /** For constants and tests, such as {@code of("10.0.0.0/8")}. */
  public static Ipv4Prefix of(String text) {
    return IpPrefix.parse(text)
        .filter(Ipv4Prefix.class::isInstance)
        .map(Ipv4Prefix.class::cast)
        .orElseThrow(() -> new IllegalArgumentException(text));
  }

  /** The netmask of that length, as 32 bits. */
  public static int mask(int length) {
    return length == 0 ? 0 : -1 << (32 - length);
  }

  public Ipv4Address netmask() {
    return new Ipv4Address(mask(length));
  }

  /** The highest address it holds. */
  public Ipv4Address last() {
    return new Ipv4Address(network.bits() | ~mask(length));
  }

  @Override
  public boolean contains(IpAddress address) {
    return address instanceof Ipv4Address v4 && (v4.bits() & mask(length)) == network.bits();
  }

  @Override
  public String toString() {
    return network + "/" + length;
  }
}
