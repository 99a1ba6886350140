package dev.culvert.core.net;

import java.util.List;
import java.util.Optional;

/** An address configured on an interface, with the length of its subnet. */
public record InterfaceAddress(IpAddress address, int prefixLength)
    implements Comparable<InterfaceAddress> {

  public InterfaceAddress {
    if (prefixLength < 0 || prefixLength > address.family().bits()) {
      throw new IllegalArgumentException("prefix length " + prefixLength);
    }
  }

  /** Reads {@code address/length}; host bits are kept. */
  public static Optional<InterfaceAddress> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || text.length() - slash - 1 > 3 || slash + 1 == text.length()) {
      return Optional.empty();
    }
    int length = 0;
    for (int i = slash + 1; i < text.length(); i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        return Optional.empty();
      }
      length = length * 10 + (digit - '0');
    }
    int prefixLength = length;
    return IpAddress.parse(text.substring(0, slash))
        .filter(a -> prefixLength <= a.family().bits())
        .map(a -> new InterfaceAddress(a, prefixLength));
  }

  /** For constants and tests. */
  public static InterfaceAddress of(String text) {
    return parse(text).orElseThrow(() -> new IllegalArgumentException(text));
  }

  /** The connected subnet. */
  public IpPrefix prefix() {
    return IpPrefix.of(address, prefixLength);
  }

  /**
   * The subnet's network and broadcast addresses, which no host has (RFC 1122 §3.2.1.3). A /31 has
   * neither (RFC 3021), nor has IPv6.
   */
  public List<IpAddress> reserved() {
    if (!(address instanceof Ipv4Address own) || prefixLength > 30) {
      return List.of();
    }
    int hostBits = (int) (0xFFFF_FFFFL >>> prefixLength);
    return List.of(new Ipv4Address(own.bits() & ~hostBits), new Ipv4Address(own.bits() | hostBits));
  }

  @Override
  public int compareTo(InterfaceAddress other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(prefixLength, other.prefixLength);
  }

  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}
