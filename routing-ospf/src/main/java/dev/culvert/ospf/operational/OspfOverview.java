package dev.culvert.ospf.operational;

import dev.culvert.core.net.RouterId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** {@code show ospf overview}; the router id is null while OSPF does not run. */
public record OspfOverview(
    @Nullable RouterId routerId,
    boolean asBoundaryRouter,
    Duration lsaRefreshTime,
    int areaBorderRouters,
    int asBoundaryRouters,
    int fullNeighbors,
    int exportedPrefixes,
    long spfRuns,
    int routes) {}
