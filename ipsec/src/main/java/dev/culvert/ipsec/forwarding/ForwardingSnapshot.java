package dev.culvert.ipsec.forwarding;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that the forwarding threads know, published by one volatile write and read once a batch.
 * Immutable; the arrays are never written after construction.
 *
 * @param tunnels by poll token, with gaps
 * @param ports by poll token, with gaps
 */
@SuppressWarnings("ArrayRecordComponent") // shared with one reader that indexes them per packet
record ForwardingSnapshot(
    @Nullable OutboundTunnel[] tunnels, @Nullable WirePort[] ports, SpiTable inbound) {
  static final ForwardingSnapshot EMPTY =
      new ForwardingSnapshot(
          new @Nullable OutboundTunnel[0], new @Nullable WirePort[0], new SpiTable(List.of()));
}
