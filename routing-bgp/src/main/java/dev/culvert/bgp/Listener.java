package dev.culvert.bgp;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Secret;
import org.jspecify.annotations.Nullable;

/** A peer whose connections to port 179 are welcome, and the TCP-MD5 key (RFC 2385) it must use. */
public record Listener(IpAddress peer, @Nullable Secret md5Key) {}
