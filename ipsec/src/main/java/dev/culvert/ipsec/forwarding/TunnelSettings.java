package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.IpPrefix;
import java.util.List;

/**
 * What the data path has to know of an {@code st0.N} unit.
 *
 * @param mtu the largest inner packet
 * @param tcpMss {@code tcp-mss ipsec-vpn mss}; 0 derives it from the MTU
 * @param multipoint its device tells the next hop of each packet, which is one of the unit's peers;
 *     a unit keeps that for as long as its device is open
 * @param subnets a multipoint unit's: addresses in them are peers' tunnel addresses
 */
public record TunnelSettings(int mtu, int tcpMss, boolean multipoint, List<IpPrefix> subnets) {
  /** RFC 791: every link takes 68 octets. */
  public static final int SMALLEST_MTU = 68;

  public static final int LARGEST_MTU = 65_535;

  public TunnelSettings {
    subnets = List.copyOf(subnets);
    if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU || tcpMss < 0 || tcpMss > LARGEST_MTU) {
      throw new IllegalArgumentException("mtu " + mtu + ", tcp-mss " + tcpMss);
    }
  }

  /** Of a unit that is point-to-point. */
  public TunnelSettings(int mtu, int tcpMss) {
    this(mtu, tcpMss, false, List.of());
  }

  /** The MSS that a SYN may announce at most, behind IP and TCP headers of that length. */
  int largestMss(int headers) {
    int fitting = Math.max(1, mtu - headers);
    return tcpMss == 0 ? fitting : Math.min(tcpMss, fitting);
  }
}
