package dev.culvert.tun.conntrack;

import dev.culvert.core.wire.Octets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A packet that a rule with {@code log group N} has met.
 *
 * @param prefix what the rule says of it
 * @param etherType 0x0800 for IPv4, 0x86dd for IPv6
 * @param inInterface index of the interface it came by; 0 for none
 * @param outInterface index of the interface it was to leave by; 0 for none
 * @param mark the packet's
 * @param time when it came; null where the kernel has not noted it
 * @param packet its first octets from the IP header on
 */
public record LoggedPacket(
    String prefix,
    int etherType,
    int inInterface,
    int outInterface,
    int mark,
    @Nullable Instant time,
    Octets packet) {}
