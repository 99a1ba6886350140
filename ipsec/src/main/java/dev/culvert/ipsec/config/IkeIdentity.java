package dev.culvert.ipsec.config;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;

/** An identity as the Identification payload carries it (RFC 7296 §3.5). */
public sealed interface IkeIdentity {
  /** ID_IPV4_ADDR or ID_IPV6_ADDR. */
  record Inet(IpAddress address) implements IkeIdentity {
    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** ID_FQDN. */
  record Hostname(String name) implements IkeIdentity {
    @Override
    public String toString() {
      return name;
    }
  }

  /** ID_RFC822_ADDR. */
  record UserAtHostname(String name) implements IkeIdentity {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A type we do not configure, as a peer may send one; equal to nothing configured. */
  record Other(int type, Octets data) implements IkeIdentity {
    @Override
    public String toString() {
      return "type-" + type + ":" + data;
    }
  }
}
