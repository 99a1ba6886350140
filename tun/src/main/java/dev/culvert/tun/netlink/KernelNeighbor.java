package dev.culvert.tun.netlink;

import dev.culvert.core.net.IpAddress;

/**
 * A next hop whose link address the kernel was told for good.
 *
 * @param index of the device
 * @param linkAddress 48 bits
 * @param protocol who has told it, as for routes; 0 if nobody says so
 */
public record KernelNeighbor(int index, IpAddress nextHop, long linkAddress, int protocol) {}
