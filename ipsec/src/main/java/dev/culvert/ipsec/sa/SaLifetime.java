package dev.culvert.ipsec.sa;

/**
 * How much each direction of a pair may carry (RFC 4301 §4.4.2.1): at the soft limit it is to be
 * replaced, at the hard limit it ends. Octets are of inner packets. Time is not here: IKE sees to
 * it.
 */
public record SaLifetime(long softOctets, long hardOctets, long softPackets, long hardPackets) {
  public static final SaLifetime UNLIMITED =
      new SaLifetime(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

  public SaLifetime {
    if (softOctets > hardOctets || softPackets > hardPackets || softOctets < 1 || softPackets < 1) {
      throw new IllegalArgumentException("the soft limit comes first");
    }
  }

  /** True if either direction is to be replaced. */
  public boolean isSoftReached(SaTraffic traffic) {
    return Math.max(traffic.inboundOctets(), traffic.outboundOctets()) >= softOctets
        || Math.max(traffic.inboundPackets(), traffic.outboundPackets()) >= softPackets;
  }

  /** True if either direction is used up. */
  public boolean isHardReached(SaTraffic traffic) {
    return Math.max(traffic.inboundOctets(), traffic.outboundOctets()) >= hardOctets
        || Math.max(traffic.inboundPackets(), traffic.outboundPackets()) >= hardPackets;
  }
}
