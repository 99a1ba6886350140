package dev.culvert.firewall.path;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import java.math.BigInteger;

/** Arithmetic with addresses as numbers. */
final class Addresses {
  private Addresses() {}

  static BigInteger number(IpAddress address) {
    return new BigInteger(1, address.toBytes());
  }

  /** How many there are. */
  static BigInteger size(AddressRange range) {
    return number(range.high()).subtract(number(range.low())).add(BigInteger.ONE);
  }

  /** The address that many further on. */
  static IpAddress plus(IpAddress address, BigInteger distance) {
    byte[] sum = number(address).add(distance).toByteArray();
    byte[] octets = new byte[address.family().bits() / 8];
    int taken = Math.min(sum.length, octets.length);
    System.arraycopy(sum, sum.length - taken, octets, octets.length - taken, taken);
    return IpAddress.ofBytes(octets);
  }

  /** The address in {@code to} at the place where {@code address} is in {@code from}. */
  static IpAddress moved(IpAddress address, IpPrefix from, IpPrefix to) {
    return plus(to.network(), number(address).subtract(number(from.network())));
  }
}
