package dev.culvert.ipsec.sa;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;

/**
 * One traffic selector (RFC 7296 §3.13.1): an address range of one family, a port range, a protocol
 * (0 is any).
 */
public record TrafficSelector(
    int protocol, int startPort, int endPort, IpAddress startAddress, IpAddress endAddress) {
  public static final TrafficSelector ANY_IPV4 =
      new TrafficSelector(0, 0, 65535, Ipv4Address.ANY, Ipv4Address.BROADCAST);
  public static final TrafficSelector ANY_IPV6 =
      new TrafficSelector(0, 0, 65535, Ipv6Address.ANY, new Ipv6Address(-1L, -1L));

  public TrafficSelector {
    if (startAddress.family() != endAddress.family()) {
      throw new IllegalArgumentException("address families differ");
    }
  }

  /** True if the range holds the address; ports and protocol are not looked at. */
  public boolean containsAddress(IpAddress address) {
    return address.family() == startAddress.family()
        && startAddress.compareTo(address) <= 0
        && address.compareTo(endAddress) <= 0;
  }

  /** True if all that the other selects is selected by this one. */
  public boolean covers(TrafficSelector other) {
    return (protocol == 0 || protocol == other.protocol)
        && startPort <= other.startPort
        && other.endPort <= endPort
        && containsAddress(other.startAddress)
        && containsAddress(other.endAddress);
  }
}
