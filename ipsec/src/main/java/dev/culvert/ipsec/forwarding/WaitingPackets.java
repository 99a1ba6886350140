package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.sa.SaNotice;
import java.util.function.LongSupplier;

/**
 * What becomes of a packet that no SA is there for: the first few wait, and IKE is asked for one.
 * Confined to an outbound thread.
 */
final class WaitingPackets {
  /** Between two notices about the same peer, or the same destination. */
  static final long REPEAT_NANOS = 1_000_000_000L;

  /** Of whatever unit: a scan through a subnet does not cost a notice a packet. */
  private static final int NOTICES_PER_SECOND = 200;

  private final DataPathListener listener;
  private final LongSupplier nanoTime;
  private final RateLimiter notices;

  WaitingPackets(DataPathListener listener, LongSupplier nanoTime) {
    this.listener = listener;
    this.nanoTime = nanoTime;
    this.notices = new RateLimiter(NOTICES_PER_SECOND, NOTICES_PER_SECOND, nanoTime.getAsLong());
  }

  /**
   * @param peer whose SA is missing; {@link SaNotice#ANY_PEER} if that is not known
   */
  void holdOrDrop(
      TunnelQueue queue,
      TrafficCounters counters,
      InnerPacket packet,
      PacketBatch in,
      int slot,
      int peer) {
    if (packet.isHousekeeping(in.memory)) {
      // It would bring every tunnel up as soon as its device is.
      counters.drop(DropCause.NO_SA);
      return;
    }
    report(queue, packet, peer);
    dropStale(queue, counters);
    if (queue.held.hasRoomFor(in.length[slot])) {
      queue.held.hold(in, slot, nanoTime.getAsLong());
    } else {
      counters.drop(DropCause.NO_SA);
    }
  }

  /** Asks IKE for an SA. */
  void report(TunnelQueue queue, InnerPacket packet, int peer) {
    // Which packets are one policy's is not known here; those to one place mostly are.
    long subject = peer == SaNotice.ANY_PEER ? packet.destinationLow(packet.memory()) : peer;
    if (queue.reports.isDue(subject, nanoTime.getAsLong(), notices)) {
      listener.saNotice(
          new SaNotice.OutboundSaMissing(
              queue.tunnel.name,
              peer,
              Selectors.source(packet, packet.memory()),
              Selectors.destination(packet, packet.memory())));
    }
  }

  /** The packet's next hop is nobody's. */
  void unbound(TunnelQueue queue, TrafficCounters counters, InnerPacket packet) {
    counters.drop(DropCause.NO_NEXT_HOP_TUNNEL);
    long high = packet.destinationHigh(packet.memory());
    long low = packet.destinationLow(packet.memory());
    if (!packet.isHousekeeping(packet.memory())
        && queue.reports.isDue(low, nanoTime.getAsLong(), notices)) {
      IpAddress destination = Peer.endpoint(high, low, 0).address();
      listener.saNotice(new SaNotice.NextHopTunnelMissing(queue.tunnel.name, destination));
    }
  }

  void dropStale(TunnelQueue queue, TrafficCounters counters) {
    HeldPackets held = queue.held;
    if (held.isStale(nanoTime.getAsLong())) {
      counters.drop(DropCause.NO_SA, held.count());
      held.clear();
    }
  }
}
