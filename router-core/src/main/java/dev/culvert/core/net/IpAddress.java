package dev.culvert.core.net;

import java.util.Optional;

/** An IPv4 or IPv6 address; IPv4 sorts before IPv6, within a family the order is numeric. */
public sealed interface IpAddress extends Comparable<IpAddress> permits Ipv4Address, Ipv6Address {

  AddressFamily family();

  /** The address in network byte order: 4 or 16 octets, a fresh array. */
  byte[] toBytes();

  boolean isUnspecified();

  boolean isMulticast();

  boolean isLoopback();

  /** Reads dotted-quad or RFC 4291 text; never a host name, never a name look-up. */
  static Optional<IpAddress> parse(String text) {
    return text.indexOf(':') >= 0
        ? Ipv6Address.parse(text).map(a -> a)
        : Ipv4Address.parse(text).map(a -> a);
  }

  /** The address with those 4 or 16 octets. */
  static IpAddress ofBytes(byte[] octets) {
    return switch (octets.length) {
      case 4 -> Ipv4Address.ofBytes(octets);
      case 16 -> Ipv6Address.ofBytes(octets);
      default -> throw new IllegalArgumentException("address of " + octets.length + " octets");
    };
  }

  @Override
  default int compareTo(IpAddress other) {
    return switch (this) {
      case Ipv4Address mine ->
          other instanceof Ipv4Address its ? Integer.compareUnsigned(mine.bits(), its.bits()) : -1;
      case Ipv6Address mine -> other instanceof Ipv6Address its ? mine.compareNumerically(its) : 1;
    };
  }
}
