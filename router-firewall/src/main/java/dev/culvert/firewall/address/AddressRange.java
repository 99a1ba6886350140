package dev.culvert.firewall.address;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.util.Optional;
import java.util.function.Consumer;

/** Addresses of one family from {@code low} to {@code high}, both included. */
public record AddressRange(IpAddress low, IpAddress high) implements Comparable<AddressRange> {
  /**
   * @throws IllegalArgumentException if the families differ or {@code high} comes before {@code
   *     low}
   */
  public AddressRange {
    if (low.family() != high.family() || low.compareTo(high) > 0) {
      throw new IllegalArgumentException(low + " to " + high);
    }
  }

  public static AddressRange of(IpPrefix prefix) {
    return new AddressRange(prefix.network(), last(prefix));
  }

  public static AddressRange host(IpAddress address) {
    return new AddressRange(address, address);
  }

  public boolean contains(IpAddress address) {
    return address.family() == low.family()
        && low.compareTo(address) <= 0
        && address.compareTo(high) <= 0;
  }

  public boolean overlaps(AddressRange other) {
    return low.family() == other.low.family()
        && low.compareTo(other.high) <= 0
        && other.low.compareTo(high) <= 0;
  }

  /** Visits each address in order: whoever calls this knows that they are few. */
  public void forEach(Consumer<? super IpAddress> visitor) {
    Optional<IpAddress> next = Optional.of(low);
    while (next.isPresent() && contains(next.get())) {
      visitor.accept(next.get());
      next = after(next.get());
    }
  }

  /** The prefix that holds exactly these addresses, if there is one. */
  public Optional<IpPrefix> asPrefix() {
    int length = commonBits(low.toBytes(), high.toBytes());
    IpPrefix prefix = IpPrefix.of(low, length);
    return Optional.of(prefix).filter(p -> of(p).equals(this));
  }

  private static int commonBits(byte[] one, byte[] other) {
    for (int i = 0; i < one.length; i++) {
      int different = (one[i] ^ other[i]) & 0xff;
      if (different != 0) {
        return i * 8 + Integer.numberOfLeadingZeros(different) - 24;
      }
    }
    return one.length * 8;
  }

  private static IpAddress last(IpPrefix prefix) {
    byte[] octets = prefix.network().toBytes();
    for (int bit = prefix.length(); bit < octets.length * 8; bit++) {
      octets[bit >> 3] |= (byte) (0x80 >> (bit & 7));
    }
    return IpAddress.ofBytes(octets);
  }

  /** The address after {@code address}, or empty after the last of its family. */
  public static Optional<IpAddress> after(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 ->
          v4.bits() == -1 ? Optional.empty() : Optional.of(new Ipv4Address(v4.bits() + 1));
      case Ipv6Address v6 ->
          v6.high() == -1 && v6.low() == -1
              ? Optional.empty()
              : Optional.of(
                  new Ipv6Address(v6.low() == -1 ? v6.high() + 1 : v6.high(), v6.low() + 1));
    };
  }

  /** The address before {@code address}, or empty before the first of its family. */
  public static Optional<IpAddress> before(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 ->
          v4.bits() == 0 ? Optional.empty() : Optional.of(new Ipv4Address(v4.bits() - 1));
      case Ipv6Address v6 ->
          v6.high() == 0 && v6.low() == 0
              ? Optional.empty()
              : Optional.of(
                  new Ipv6Address(v6.low() == 0 ? v6.high() - 1 : v6.high(), v6.low() - 1));
    };
  }

  @Override
  public int compareTo(AddressRange other) {
    int byLow = low.compareTo(other.low);
    return byLow != 0 ? byLow : high.compareTo(other.high);
  }

  /** As a prefix where it is one, else {@code low-high}; a single address stands alone. */
  @Override
  public String toString() {
    return low.equals(high)
        ? low.toString()
        : asPrefix().map(IpPrefix::toString).orElseGet(() -> low + "-" + high);
  }
}
