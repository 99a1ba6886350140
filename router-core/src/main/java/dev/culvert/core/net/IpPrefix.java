package dev.culvert.core.net;

import java.util.Optional;

/** A canonical prefix of either family: no bits set past the length. IPv4 sorts first. */
public sealed interface IpPrefix extends Comparable<IpPrefix> permits Ipv4Prefix, Ipv6Prefix {

  IpAddress network();

  int length();

  boolean contains(IpAddress address);

  default AddressFamily family() {
    return network().family();
  }

  /** True if every address of {@code other} lies in this prefix (equal prefixes included). */
  default boolean covers(IpPrefix other) {
    return other.length() >= length() && contains(other.network());
  }

  default boolean isHost() {
    return length() == family().bits();
  }

  default boolean isDefault() {
    return length() == 0;
  }

  /** Canonicalises: host bits of {@code address} are cleared. */
  static IpPrefix of(IpAddress address, int length) {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Prefix(v4, length);
      case Ipv6Address v6 -> new Ipv6Prefix(v6, length);
    };
  }

  /** The host prefix, /32 or /128. */
  static IpPrefix host(IpAddress address) {
    return of(address, address.family().bits());
  }

  /** Reads {@code address/length}; host bits are refused, as a prefix is not an address. */
  static Optional<IpPrefix> parse(String text) {
    return InterfaceAddress.parse(text)
        .filter(a -> a.prefix().network().equals(a.address()))
        .map(InterfaceAddress::prefix);
  }

  @Override
  default int compareTo(IpPrefix other) {
    int byNetwork = network().compareTo(other.network());
    return byNetwork != 0 ? byNetwork : Integer.compare(length(), other.length());
  }
}
