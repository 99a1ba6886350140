package dev.culvert.ipsec.sa;

import dev.culvert.core.net.InterfaceName;

/**
 * One peer of a unit of {@code st0}, while it is up.
 *
 * @param number as {@link ChildSa#peer}
 * @param vpn whose it is, as configured; several peers of a dynamic gateway have the same
 * @param identity as it has authenticated itself
 */
public record TunnelPeer(int number, InterfaceName unit, String vpn, String identity) {}
