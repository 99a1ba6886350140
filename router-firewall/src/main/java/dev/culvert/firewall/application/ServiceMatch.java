package dev.culvert.firewall.application;

import org.jspecify.annotations.Nullable;

/**
 * What a packet has to be above IP. Ports count for TCP, UDP and SCTP only, the ICMP type for ICMP
 * and ICMPv6 only.
 *
 * @param protocol IP protocol number, 0 to 255; {@link #ANY_PROTOCOL} matches every one
 * @param icmpType 0 to 255, or null for any
 * @param icmpCode 0 to 255, or null for any
 */
public record ServiceMatch(
    int protocol,
    PortRange sourcePorts,
    PortRange destinationPorts,
    @Nullable Integer icmpType,
    @Nullable Integer icmpCode) {
  public static final int ANY_PROTOCOL = -1;
  public static final int ICMP = 1;
  public static final int IGMP = 2;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int GRE = 47;
  public static final int ESP = 50;
  public static final int AH = 51;
  public static final int ICMPV6 = 58;
  public static final int OSPF = 89;
  public static final int PIM = 103;
  public static final int VRRP = 112;
  public static final int SCTP = 132;

  public static final ServiceMatch ANY = protocol(ANY_PROTOCOL);

  public ServiceMatch {
    if (protocol < ANY_PROTOCOL || protocol > 255) {
      throw new IllegalArgumentException("protocol " + protocol);
    }
  }

  public static ServiceMatch protocol(int protocol) {
    return new ServiceMatch(protocol, PortRange.ANY, PortRange.ANY, null, null);
  }

  public static ServiceMatch tcp(int low, int high) {
    return ports(TCP, low, high);
  }

  public static ServiceMatch udp(int low, int high) {
    return ports(UDP, low, high);
  }

  private static ServiceMatch ports(int protocol, int low, int high) {
    return new ServiceMatch(protocol, PortRange.ANY, new PortRange(low, high), null, null);
  }

  public static ServiceMatch icmp(int protocol, int type) {
    return new ServiceMatch(protocol, PortRange.ANY, PortRange.ANY, type, null);
  }

  /** Whether packets of that protocol have ports at a place that a filter reads. */
  public static boolean hasPorts(int protocol) {
    return protocol == TCP || protocol == UDP || protocol == SCTP;
  }

  public static boolean isIcmp(int protocol) {
    return protocol == ICMP || protocol == ICMPV6;
  }

  /** Whether everything that {@code other} matches matches this too. */
  public boolean covers(ServiceMatch other) {
    return (protocol == ANY_PROTOCOL || protocol == other.protocol)
        && sourcePorts.covers(other.sourcePorts)
        && destinationPorts.covers(other.destinationPorts)
        && (icmpType == null || icmpType.equals(other.icmpType))
        && (icmpCode == null || icmpCode.equals(other.icmpCode));
  }

  /**
   * Whether a packet matches.
   *
   * @param source port; what is given where there is none does not matter
   * @param destination port, or for ICMP {@code type << 8 | code}
   */
  public boolean matches(int packetProtocol, int source, int destination) {
    if (protocol != ANY_PROTOCOL && protocol != packetProtocol) {
      return false;
    }
    if (hasPorts(packetProtocol)) {
      return sourcePorts.contains(source) && destinationPorts.contains(destination);
    }
    if (isIcmp(packetProtocol)) {
      return (icmpType == null || icmpType == destination >> 8)
          && (icmpCode == null || icmpCode == (destination & 0xff));
    }
    return true;
  }
}
