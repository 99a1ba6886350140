package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;

/** The far end of an SA as a batch holds it: IPv6, IPv4 in mapped form. */
record Peer(long high, long low, int port) {
  private static final long MAPPED_PREFIX = 0x0000_FFFFL;

  static Peer of(Endpoint endpoint) {
    IpAddress address = endpoint.address();
    return new Peer(Selectors.high(address), Selectors.low(address), endpoint.port());
  }

  static Endpoint endpoint(long high, long low, int port) {
    boolean mapped = high == 0 && low >>> 32 == MAPPED_PREFIX;
    IpAddress address = mapped ? new Ipv4Address((int) low) : new Ipv6Address(high, low);
    return new Endpoint(address, port);
  }

  boolean is(long otherHigh, long otherLow, int otherPort) {
    return low == otherLow && port == otherPort && high == otherHigh;
  }
}
