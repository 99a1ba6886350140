package dev.culvert.ipsec.forwarding;

/**
 * All that the forwarding threads know, published by one volatile write and read once a batch.
 * Immutable; a fresh one shares with the one before what has not changed.
 *
 * @param tunnels by poll token
 * @param ports by poll token
 */
record ForwardingSnapshot(
    TokenTable<OutboundTunnel> tunnels, TokenTable<WirePort> ports, SpiTable inbound) {
  static final ForwardingSnapshot EMPTY =
      new ForwardingSnapshot(TokenTable.empty(), TokenTable.empty(), SpiTable.EMPTY);
}
