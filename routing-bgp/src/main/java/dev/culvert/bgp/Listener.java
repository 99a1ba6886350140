package dev.culvert.bgp;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.wire.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Peers whose connections to port 179 are welcome.
 *
 * @param from one peer's address, or whence any number may come; the longest prefix counts
 * @param md5Key the TCP-MD5 key (RFC 2385) they must use, or null
 * @param sendHoldTime after which one is given up if it takes nothing
 */
public record Listener(IpPrefix from, @Nullable Secret md5Key, Duration sendHoldTime) {
  /** For one peer. */
  public static Listener of(IpAddress peer, @Nullable Secret md5Key, Duration sendHoldTime) {
    return new Listener(IpPrefix.host(peer), md5Key, sendHoldTime);
  }
}
