package dev.culvert.ipsec.sa;

/**
 * Traffic of one SA pair so far; octets are of inner packets.
 *
 * @param outboundLarge of the outbound packets those over {@link #LARGE}
 */
public record SaTraffic(
    long inboundPackets,
    long inboundOctets,
    long outboundPackets,
    long outboundOctets,
    long outboundLarge) {
  public static final SaTraffic NONE = new SaTraffic(0, 0, 0, 0, 0);

  /**
   * What fits it fits every path (RFC 1122 §3.3.3): only larger ones can be lost for their size.
   */
  public static final int LARGE = 500;

  public SaTraffic plusInbound(int octets) {
    return new SaTraffic(
        inboundPackets + 1, inboundOctets + octets, outboundPackets, outboundOctets, outboundLarge);
  }

  public SaTraffic plusOutbound(int octets) {
    return new SaTraffic(
        inboundPackets,
        inboundOctets,
        outboundPackets + 1,
        outboundOctets + octets,
        outboundLarge + (octets > LARGE ? 1 : 0));
  }
}
