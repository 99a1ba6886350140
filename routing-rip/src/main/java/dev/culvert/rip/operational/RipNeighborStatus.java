package dev.culvert.rip.operational;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.SendMode;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code show rip neighbor}.
 *
 * @param source of our messages; null while there is none
 * @param destination of our updates; null while nothing is sent, or where each peer is sent its own
 * @param authentication as Junos calls its kind: {@code none}, {@code simple}, {@code md5}
 * @param peers routers that are heard
 */
public record RipNeighborStatus(
    InterfaceName name,
    boolean up,
    @Nullable IpAddress source,
    @Nullable IpAddress destination,
    SendMode send,
    ReceiveMode receive,
    int metricIn,
    String authentication,
    int peers) {}
