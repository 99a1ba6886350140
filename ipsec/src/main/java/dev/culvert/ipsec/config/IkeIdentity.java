package dev.culvert.ipsec.config;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;

/** An identity as the Identification payload carries it (RFC 7296 §3.5). */
public sealed interface IkeIdentity {
  /** Octets of a name: 64 and 255 on the two sides of an at sign (RFC 5321 §4.5.3.1). */
  int LONGEST_NAME = 320;

  /** Octets that are shown of an identity that is no name. */
  int MOST_SHOWN = 64;

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

  /**
   * A type we do not configure, or a name longer than any, as a peer may send one; equal to nothing
   * configured.
   */
  record Other(int type, Octets data) implements IkeIdentity {
    /** The beginning, where the whole would fill logs and shows. */
    @Override
    public String toString() {
      String shown = "type-" + type + ":" + data.slice(0, Math.min(data.length(), MOST_SHOWN));
      return data.length() <= MOST_SHOWN ? shown : shown + "...(" + data.length() + " octets)";
    }
  }
}
