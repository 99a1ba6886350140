package dev.culvert.ipsec.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;

/** What the data path tells IKE. */
public sealed interface SaNotice {
  /** A packet waits for a tunnel that has no outbound SA (establish-tunnels on-traffic). */
  record OutboundSaMissing(InterfaceName tunnel) implements SaNotice {}

  /** The first good packet on this inbound SA: the peer has it and uses it. */
  record InboundSaUsed(Spi inboundSpi) implements SaNotice {}

  /** Sequence numbers, octets or packets of either direction are nearly used up: rekey. */
  record SoftLimitReached(Spi inboundSpi) implements SaNotice {}

  /** They are used up: the pair carries nothing more that way. */
  record HardLimitReached(Spi inboundSpi) implements SaNotice {}

  /** An authenticated packet came from elsewhere: the NAT in front of the peer has rebound. */
  record PeerMoved(Spi inboundSpi, Endpoint from) implements SaNotice {}

  /**
   * ESP for an SPI that is not ours, at most so many a second.
   *
   * @param local where it came to; ports are 0 where it was not in UDP
   */
  record InvalidSpi(Spi spi, Endpoint local, Endpoint from) implements SaNotice {}
}
