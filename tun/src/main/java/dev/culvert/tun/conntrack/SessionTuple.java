package dev.culvert.tun.conntrack;

import dev.culvert.core.net.IpAddress;

/**
 * What the packets of one direction of a session look like.
 *
 * @param protocol IP protocol number
 */
public record SessionTuple(IpAddress source, IpAddress destination, int protocol, Upper upper) {
  public static final int ICMP = 1;
  public static final int TCP = 6;
  public static final int UDP = 17;
  public static final int DCCP = 33;
  public static final int GRE = 47;
  public static final int ICMPV6 = 58;
  public static final int SCTP = 132;
  public static final int UDP_LITE = 136;

  /** What tells sessions of one protocol between the same hosts apart. */
  public sealed interface Upper {
    /** Ports; of GRE the keys of the two directions. */
    record Ports(int source, int destination) implements Upper {}

    /** The kernel gives a reply the type that answers the question's. */
    record Icmp(int type, int code, int identifier) implements Upper {}

    /** Of a protocol that the kernel does not look into. */
    record None() implements Upper {}
  }

  /** 0 where there are no ports; the identifier of ICMP, as Junos shows it. */
  public int sourcePort() {
    return switch (upper) {
      case Upper.Ports(int source, int destination) -> source;
      case Upper.Icmp(int type, int code, int identifier) -> identifier;
      case Upper.None none -> 0;
    };
  }

  /** 0 where there are no ports; of ICMP type and code, an octet each. */
  public int destinationPort() {
    return switch (upper) {
      case Upper.Ports(int source, int destination) -> destination;
      case Upper.Icmp(int type, int code, int identifier) -> type << 8 | code;
      case Upper.None none -> 0;
    };
  }
}
