package dev.culvert.engine.system;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;

/**
 * Who is behind a next hop of a multipoint unit.
 *
 * @param peer its number
 * @param vpn whose peer it is
 * @param identity by which the peer has authenticated itself
 * @param isStatic by configuration; otherwise found out
 */
public record NextHopTunnel(
    InterfaceName unit,
    IpAddress nextHop,
    int peer,
    String vpn,
    String identity,
    boolean isStatic) {}
