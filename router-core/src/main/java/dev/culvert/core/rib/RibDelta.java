package dev.culvert.core.rib;

import dev.culvert.core.net.IpPrefix;
import org.jspecify.annotations.Nullable;

/** How one change moved the active route of a prefix; null means no active route. */
public record RibDelta(
    TableId table, IpPrefix prefix, @Nullable ActiveRoute before, @Nullable ActiveRoute after) {
  public RibDelta {
    table.require(prefix);
  }
}
