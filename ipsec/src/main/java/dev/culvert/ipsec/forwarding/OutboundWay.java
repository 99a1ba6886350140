package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.DatagramPort;
import org.jspecify.annotations.Nullable;

/**
 * What carries a child policy's packets that a thread has read from a queue of the unit: the pair
 * of the policy that is in use there.
 *
 * @param socket null while nothing is bound to the SA's local address
 * @param order of two policies that want the same packets, the one with the higher number gets them
 */
record OutboundWay(SaPair pair, @Nullable DatagramPort socket, long order) {

  OutboundSa sa() {
    return pair.outbound();
  }

  /** Where its packets go at the moment. */
  Peer peer() {
    return pair.peer();
  }

  /** The forwarding queue whose outbound thread alone may use it. */
  int queue() {
    return pair.queue();
  }

  boolean admits(InnerPacket packet) {
    OutboundSa sa = pair.outbound();
    return sa.localSelectors.admitSource(packet, packet.memory())
        && sa.remoteSelectors.admitDestination(packet, packet.memory());
  }
}
