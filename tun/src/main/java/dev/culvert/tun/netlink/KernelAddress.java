package dev.culvert.tun.netlink;

import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.InterfaceAddress;

/**
 * An address on a device of the kernel.
 *
 * @param tentative IPv6 duplicate address detection has not finished, or has failed
 * @param protocol who put it there ({@code ifa_proto}); 0 if nobody said so, as kernels before 5.18
 *     always do
 */
public record KernelAddress(int index, InterfaceAddress address, boolean tentative, int protocol) {
  /** Ours: an address with this mark is ours to take away. The number is that of our routes. */
  public static final int CULVERT = RouteProtocolNumber.CULVERT;

  /** Put there by this router, in this run or an earlier one. */
  public boolean isOurs() {
    return protocol == CULVERT;
  }
}
