package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;

/** A route that was offered and leads where none may. */
public record MartianOffer(TableId table, IpPrefix prefix, RouteSource source) {}
