package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.address.AddressRange;

/**
 * Addresses that the router answers ARP or neighbor solicitations for, on behalf of NAT.
 *
 * @param addresses at most {@link #MOST} of them
 */
public record ProxyAddresses(InterfaceName on, AddressRange addresses) {
  /** Each is an entry of the kernel's of its own. */
  public static final int MOST = 4096;
}
