package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.sa.ChildSa;
import dev.culvert.ipsec.sa.SaTraffic;

/** A pair of SAs as it is installed, and where its peer is at the moment. */
record SaPair(ChildSa sa, InboundSa inbound, OutboundSa outbound, Peer peer) {

  SaPair movedTo(Peer other) {
    return new SaPair(sa, inbound, outbound, other);
  }

  SaTraffic traffic() {
    return new SaTraffic(
        inbound.counters.packets(),
        inbound.counters.octets(),
        outbound.counters.packets(),
        outbound.counters.octets());
  }
}
