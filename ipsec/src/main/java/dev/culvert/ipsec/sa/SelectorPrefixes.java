package dev.culvert.ipsec.sa;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Between the address ranges of traffic selectors and prefixes. Pure. */
public final class SelectorPrefixes {
  /** A selector of all ports. */
  public static final int MAX_PORT = 65_535;

  private SelectorPrefixes() {}

  /**
   * The selector of a prefix.
   *
   * @param protocol 0: any
   */
  public static TrafficSelector selector(
      IpPrefix prefix, int protocol, int startPort, int endPort) {
    return new TrafficSelector(protocol, startPort, endPort, prefix.network(), last(prefix));
  }

  private static IpAddress last(IpPrefix prefix) {
    byte[] octets = prefix.network().toBytes();
    for (int bit = prefix.length(); bit < prefix.family().bits(); bit++) {
      octets[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    return IpAddress.ofBytes(octets);
  }

  /** The fewest prefixes that hold the addresses of the range and no others, in their order. */
  public static List<IpPrefix> prefixes(TrafficSelector selector) {
    AddressFamily family = selector.startAddress().family();
    BigInteger next = new BigInteger(1, selector.startAddress().toBytes());
    BigInteger last = new BigInteger(1, selector.endAddress().toBytes());
    List<IpPrefix> prefixes = new ArrayList<>();
    while (next.compareTo(last) <= 0) {
      int aligned = next.signum() == 0 ? family.bits() : next.getLowestSetBit();
      int fits = last.subtract(next).add(BigInteger.ONE).bitLength() - 1;
      int hostBits = Math.min(aligned, fits);
      prefixes.add(IpPrefix.of(address(next, family), family.bits() - hostBits));
      next = next.add(BigInteger.ONE.shiftLeft(hostBits));
    }
    return prefixes;
  }

  private static IpAddress address(BigInteger number, AddressFamily family) {
    byte[] octets = new byte[family.bits() / 8];
    byte[] digits = number.toByteArray();
    int length = Math.min(digits.length, octets.length);
    System.arraycopy(digits, digits.length - length, octets, octets.length - length, length);
    return IpAddress.ofBytes(octets);
  }
}
