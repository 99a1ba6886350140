package dev.culvert.rip;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import org.jspecify.annotations.Nullable;

/** Which prefix an address without a mask stands for (RFC 1058 §3.2, RFC 2453 §4.3). */
final class Ipv4Classes {
  private Ipv4Classes() {}

  /**
   * The network the address is the number of, or the subnet where it lies in the network of the
   * link; with bits set behind either, a host.
   *
   * @param link the subnet of the link it came by; null if that has none
   */
  static Ipv4Prefix prefix(Ipv4Address address, @Nullable Ipv4Prefix link) {
    if (address.isUnspecified()) {
      return Ipv4Prefix.DEFAULT;
    }
    Ipv4Prefix network = new Ipv4Prefix(address, length(address));
    Ipv4Prefix subnet = network;
    if (link != null && network.covers(link)) {
      subnet = new Ipv4Prefix(address, link.length());
    }
    if (subnet.network().equals(address)) {
      return subnet;
    }
    return new Ipv4Prefix(address, 32);
  }

  /** Of classes A, B and C. */
  private static int length(Ipv4Address address) {
    int first = address.bits() >>> 24;
    return first < 128 ? 8 : first < 192 ? 16 : 24;
  }
}
