package dev.culvert.core.probe;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import org.jspecify.annotations.Nullable;

/**
 * An echo request to be sent (RFC 792; RFC 4443 §4.1), and by which way.
 *
 * @param out through that interface whatever the routes say, and only its replies count; null by
 *     the routes
 * @param source null: the kernel chooses
 * @param identifier 0 to 65535; tells apart who asks
 * @param sequence 0 to 65535
 * @param payload comes back as it is
 * @param ttl TTL or hop limit, 1 to 255
 * @param trafficClass TOS or traffic class: the DSCP's six bits and two of ECN
 * @param dontFragment it arrives whole or not at all
 */
public record EchoRequest(
    @Nullable InterfaceName out,
    @Nullable IpAddress source,
    IpAddress destination,
    int identifier,
    int sequence,
    Octets payload,
    int ttl,
    int trafficClass,
    boolean dontFragment) {
  /** As Linux sends by itself. */
  public static final int DEFAULT_TTL = 64;
}
