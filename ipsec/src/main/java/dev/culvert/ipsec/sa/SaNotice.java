package dev.culvert.ipsec.sa;

import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;

/** What the data path tells IKE. */
public sealed interface SaNotice {
  /** Where the data path does not know which of a unit's peers a packet is for. */
  int ANY_PEER = -1;

  /**
   * A packet waits for a tunnel that has no outbound SA (establish-tunnels on-traffic).
   *
   * @param peer whose, as {@link ChildSa#peer}; {@link #ANY_PEER} where selectors are to tell
   * @param source of the packet itself, as RFC 7296 §2.9 wants it in front of the traffic selectors
   * @param destination likewise
   */
  record OutboundSaMissing(
      InterfaceName tunnel, int peer, TrafficSelector source, TrafficSelector destination)
      implements SaNotice {

    /** A packet of which no more is known. */
    public OutboundSaMissing(InterfaceName tunnel) {
      this(tunnel, ANY_PEER, TrafficSelector.ANY_IPV4, TrafficSelector.ANY_IPV4);
    }
  }

  /** A packet was routed into a multipoint unit by a next hop that no peer of it is bound to. */
  record NextHopTunnelMissing(InterfaceName tunnel, IpAddress destination) implements SaNotice {}

  /**
   * A packet of a multipoint unit's peer came from an address inside the unit's subnet: it is the
   * peer's tunnel address, or that of somebody behind it.
   */
  record PeerAddressLearned(InterfaceName tunnel, int peer, IpAddress address)
      implements SaNotice {}

  /**
   * A packet has come by one peer of a unit and left by another, of pairs that are {@link
   * ChildSa.Path#WATCHED}; told once a second of the same two.
   *
   * @param from the number of the peer it came from, as {@link ChildSa#peer}; likewise to
   */
  record PeersTalk(InterfaceName tunnel, int from, int to, IpAddress source, IpAddress destination)
      implements SaNotice {}

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
