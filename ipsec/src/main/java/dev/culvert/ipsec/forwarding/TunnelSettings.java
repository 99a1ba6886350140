package dev.culvert.ipsec.forwarding;

/**
 * What the data path has to know of an {@code st0.N} unit.
 *
 * @param mtu the largest inner packet
 * @param tcpMss {@code tcp-mss ipsec-vpn mss}; 0 derives it from the MTU
 */
public record TunnelSettings(int mtu, int tcpMss) {
  /** RFC 791: every link takes 68 octets. */
  public static final int SMALLEST_MTU = 68;

  public static final int LARGEST_MTU = 65_535;

  public TunnelSettings {
    if (mtu < SMALLEST_MTU || mtu > LARGEST_MTU || tcpMss < 0 || tcpMss > LARGEST_MTU) {
      throw new IllegalArgumentException("mtu " + mtu + ", tcp-mss " + tcpMss);
    }
  }

  /** The MSS that a SYN may announce at most, behind IP and TCP headers of that length. */
  int largestMss(int headers) {
    int fitting = Math.max(1, mtu - headers);
    return tcpMss == 0 ? fitting : Math.min(tcpMss, fitting);
  }
}
