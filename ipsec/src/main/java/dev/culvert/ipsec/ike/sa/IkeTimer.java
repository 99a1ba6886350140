package dev.culvert.ipsec.ike.sa;

import dev.culvert.ipsec.sa.Spi;

/** What the engine waits for; IKE SAs by our own SPI. */
public sealed interface IkeTimer {
  /** A new attempt to bring that VPN up. */
  record Establish(String vpn) implements IkeTimer {}

  /** A policy of that VPN that has no pair may be asked for, while others have theirs. */
  record MissingPolicy(String vpn) implements IkeTimer {}

  /** An SA pair that a queue of that VPN's tunnel lacks may be asked for. */
  record AdditionalPair(String vpn) implements IkeTimer {}

  /** The secret of that shortcut is not good any more. */
  record ShortcutDue(String vpn) implements IkeTimer {}

  record Retransmit(long ikeSpi) implements IkeTimer {}

  /** An unfinished or failed negotiation is forgotten. */
  record HalfOpen(long ikeSpi) implements IkeTimer {}

  record Probe(long ikeSpi) implements IkeTimer {}

  /** The next probe of the path of that VPN's tunnel. */
  record PathMtu(String vpn) implements IkeTimer {}

  record NatKeepalive(long ikeSpi) implements IkeTimer {}

  record RekeyIke(long ikeSpi) implements IkeTimer {}

  record ExpireIke(long ikeSpi) implements IkeTimer {}

  /** A redundant IKE SA that its creator should have deleted. */
  record Redundant(long ikeSpi) implements IkeTimer {}

  record RekeyChild(Spi inboundSpi) implements IkeTimer {}

  record ExpireChild(Spi inboundSpi) implements IkeTimer {}

  /** The peer has had time to install this pair: send on it. */
  record UseOutbound(Spi inboundSpi) implements IkeTimer {}

  /**
   * The peer has had time to install the first pair: packets may be routed to it.
   *
   * @param tunnel that carries the VPN
   */
  record UnitUp(String tunnel, String vpn) implements IkeTimer {}

  /** Peers that have not been told that we shut down by then are not. */
  record EndOfShutDown() implements IkeTimer {}

  /** No packet of a deleted pair can be on its way any more. */
  record Drained(Spi inboundSpi) implements IkeTimer {}
}
