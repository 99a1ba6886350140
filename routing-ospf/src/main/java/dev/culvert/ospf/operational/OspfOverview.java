package dev.culvert.ospf.operational;

import dev.culvert.core.net.RouterId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * {@code show ospf overview}.
 *
 * @param routerId null while OSPF does not run
 * @param databaseFull further LSAs are turned away: routes may be missing
 * @param mostLsas how many the database holds
 */
public record OspfOverview(
    @Nullable RouterId routerId,
    boolean asBoundaryRouter,
    Duration lsaRefreshTime,
    int areaBorderRouters,
    int asBoundaryRouters,
    int fullNeighbors,
    int exportedPrefixes,
    long spfRuns,
    int routes,
    boolean databaseFull,
    int mostLsas) {}
