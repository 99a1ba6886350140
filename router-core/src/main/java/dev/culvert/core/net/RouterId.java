package dev.culvert.core.net;

/** The 32-bit router identifier that OSPF (RFC 2328 §1.2) and BGP (RFC 6286) share. */
public record RouterId(int bits) implements Comparable<RouterId> {
  /** Reads dotted-quad text, or throws {@link IllegalArgumentException}; for constants, tests. */
  public static RouterId of(String text) {
    return new RouterId(Ipv4Address.of(text).bits());
  }

  @Override
  public int compareTo(RouterId other) {
    return Integer.compareUnsigned(bits, other.bits);
  }

  @Override
  public String toString() {
    return new Ipv4Address(bits).toString();
  }
}
