package dev.culvert.ipsec.config;

import dev.culvert.core.net.IpAddress;

/** One way to a gateway, as {@code address} names it. */
public sealed interface PeerAddress {
  record Literal(IpAddress address) implements PeerAddress {
    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** A host name, looked up for each attempt. */
  record Name(String name) implements PeerAddress {
    @Override
    public String toString() {
      return name;
    }
  }
}
