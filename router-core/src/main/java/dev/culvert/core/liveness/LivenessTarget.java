package dev.culvert.core.liveness;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * A neighbor one hop away whose forwarding path is to be watched (RFC 5881): what a protocol hands
 * over in its watch action and gets back when liveness is lost.
 *
 * @param localAddress the source of our packets; null to take the interface's primary address
 */
public record LivenessTarget(
    InterfaceName interfaceName, @Nullable IpAddress localAddress, IpAddress neighbor) {}
