package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.esp.DropCause;
import java.util.Map;
import java.util.SortedMap;

/**
 * The data path's counters at one moment.
 *
 * @param tunnels every tunnel, whether it has an SA or not
 * @param unattributed drops of packets that belong to no tunnel, as those with a foreign SPI
 * @param faults batches lost to a fault of our own
 */
public record DataPathCounters(
    SortedMap<InterfaceName, TunnelCounters> tunnels,
    Map<DropCause, Long> unattributed,
    long faults) {}
