package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaActivity;
import dev.culvert.ipsec.sa.SaTraffic;

/**
 * A pair of SAs as it is installed, and where its peer is at the moment.
 *
 * @param queue the forwarding queue whose two threads it belongs to, for as long as it lives
 */
record SaPair(ChildSa sa, int queue, InboundSa inbound, OutboundSa outbound, Peer peer) {

  SaPair movedTo(Peer other) {
    return new SaPair(sa, queue, inbound, outbound, other);
  }

  SaTraffic traffic() {
    return new SaTraffic(
        inbound.counters.packets(),
        inbound.counters.octets(),
        outbound.counters.packets(),
        outbound.counters.octets(),
        outbound.counters.large());
  }

  SaActivity activity(long nowNanos) {
    return new SaActivity(inbound.lastPacket.since(nowNanos), outbound.lastPacket.since(nowNanos));
  }
}
