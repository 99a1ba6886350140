package dev.culvert.ipsec.sa;

/** Traffic of one SA pair so far; octets are of inner packets. */
public record SaTraffic(
    long inboundPackets, long inboundOctets, long outboundPackets, long outboundOctets) {
  public static final SaTraffic NONE = new SaTraffic(0, 0, 0, 0);
}
