package dev.culvert.core.net;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An IPv6 address as two 64-bit halves; text per RFC 5952. */
public record Ipv6Address(long high, long low) implements IpAddress {
  public static final Ipv6Address ANY = new Ipv6Address(0, 0);
  private static final long MAPPED_PREFIX = 0x0000_FFFF_0000_0000L;

  /** Reads RFC 4291 text without a zone. */
  public static Optional<Ipv6Address> parse(String text) {
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0 || !InetAddresses.isInetAddress(text)) {
      return Optional.empty();
    }
    // Guava turns an IPv4-mapped address into an Inet4Address; keep it as the mapped IPv6 one.
    byte[] octets = InetAddresses.forString(text).getAddress();
    return octets.length == 16
        ? Optional.of(ofBytes(octets))
        : Optional.of(mapped(Ipv4Address.ofBytes(octets)));
  }

  /** For constants and tests: {@link #parse} or an {@link IllegalArgumentException}. */
  public static Ipv6Address of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  static Ipv6Address ofBytes(byte[] octets) {
    ByteBuffer buffer = ByteBuffer.wrap(octets);
    return new Ipv6Address(buffer.getLong(), buffer.getLong());
  }

  /** The IPv4-mapped form {@code ::ffff:a.b.c.d}. */
  public static Ipv6Address mapped(Ipv4Address address) {
    return new Ipv6Address(0, MAPPED_PREFIX | Integer.toUnsignedLong(address.bits()));
  }

  int compareNumerically(Ipv6Address other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** {@code fe80::/10}. */
  public boolean isLinkLocal() {
    return high >>> 54 == 0x3FA;
  }

  @Override
  public AddressFamily family() {
    return AddressFamily.INET6;
  }

  @Override
  public byte[] toBytes() {
    return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  @Override
  public boolean isUnspecified() {
    return high == 0 && low == 0;
  }

  @Override
  public boolean isMulticast() {
    return high >>> 56 == 0xFF;
  }

  @Override
  public boolean isLoopback() {
    return high == 0 && low == 1;
  }

  @Override
  public String toString() {
    try {
      return InetAddresses.toAddrString(Inet6Address.getByAddress(null, toBytes(), -1));
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError("sixteen octets are always an address", e);
    }
  }
}
