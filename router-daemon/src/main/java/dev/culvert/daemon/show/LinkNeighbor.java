package dev.culvert.daemon.show;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;

/**
 * Somebody on a link.
 *
 * @param linkAddress six octets with colons
 * @param state in Junos' word, such as {@code reachable}
 */
public record LinkNeighbor(
    InterfaceName interfaceName,
    IpAddress address,
    String linkAddress,
    String state,
    boolean isRouter) {}
