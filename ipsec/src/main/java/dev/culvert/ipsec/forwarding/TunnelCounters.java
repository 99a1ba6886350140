package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.DropCause;
import java.util.Map;

/**
 * Traffic of one tunnel since it was added; octets are of inner packets.
 *
 * @param drops by cause, every cause present
 */
public record TunnelCounters(
    long inboundPackets,
    long inboundOctets,
    long outboundPackets,
    long outboundOctets,
    Map<DropCause, Long> drops) {

  public long dropped(DropCause cause) {
    return drops.getOrDefault(cause, 0L);
  }
}
