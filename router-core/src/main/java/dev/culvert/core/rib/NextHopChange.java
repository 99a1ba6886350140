package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/** A tracked next hop is reached otherwise than before; {@code after} is null if not at all. */
public record NextHopChange(IpAddress address, @Nullable ResolvedNextHop after) {}
