package dev.culvert.core.rib;

import dev.culvert.core.net.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * A next hop tracked in a table is reached otherwise than before; {@code after} is null if not at
 * all.
 */
public record NextHopChange(TableId table, IpAddress address, @Nullable ResolvedNextHop after) {}
