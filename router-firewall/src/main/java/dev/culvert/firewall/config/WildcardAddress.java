package dev.culvert.firewall.config;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code 10.0.5.0/255.0.255.0}: the addresses that agree in the bits of the mask. */
final class WildcardAddress {
  static final int MOST_RANGES = 65_536;

  private WildcardAddress() {}

  /** Empty where the word is none, or leaves open more than {@link #MOST_RANGES} ranges. */
  static Optional<AddressSet> parse(String word) {
    int slash = word.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    Optional<Ipv4Address> address = Ipv4Address.parse(word.substring(0, slash));
    Optional<Ipv4Address> mask = Ipv4Address.parse(word.substring(slash + 1));
    return address.isPresent() && mask.isPresent()
        ? expand(address.get().bits(), mask.get().bits())
        : Optional.empty();
  }

  /** The lowest open bits are one range; each combination of the others makes one. */
  private static Optional<AddressSet> expand(int address, int mask) {
    int lowest = mask == 0 ? 32 : Integer.numberOfTrailingZeros(mask);
    int span = lowest == 32 ? -1 : (1 << lowest) - 1;
    int open = ~mask & ~span;
    if (1L << Integer.bitCount(open) > MOST_RANGES) {
      return Optional.empty();
    }
    int fixed = address & mask;
    List<AddressRange> ranges = new ArrayList<>(1 << Integer.bitCount(open));
    int chosen = 0;
    do {
      int low = fixed | chosen;
      ranges.add(new AddressRange(new Ipv4Address(low), new Ipv4Address(low | span)));
      // The next subset of the open bits; the last one is followed by none of them.
      chosen = (chosen - open) & open;
    } while (chosen != 0);
    return Optional.of(new AddressSet(ranges));
  }
}
