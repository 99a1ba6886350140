package dev.culvert.bgp;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A peer whose connections to port 179 are welcome.
 *
 * @param md5Key the TCP-MD5 key (RFC 2385) it must use, or null
 * @param sendHoldTime after which it is given up if it takes nothing
 */
public record Listener(IpAddress peer, @Nullable Secret md5Key, Duration sendHoldTime) {}
