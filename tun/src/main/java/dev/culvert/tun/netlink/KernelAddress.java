package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceAddress;

/**
 * An address on a device of the kernel.
 *
 * @param tentative IPv6 duplicate address detection has not finished, or has failed
 */
public record KernelAddress(int index, InterfaceAddress address, boolean tentative) {}
