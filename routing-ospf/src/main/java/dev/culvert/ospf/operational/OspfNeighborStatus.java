package dev.culvert.ospf.operational;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.packet.AreaId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code show ospf neighbor}, and what {@code detail} adds.
 *
 * @param dead until the neighbor is declared down
 * @param up since the first hello; null in state Down
 * @param adjacent since Full; null before
 * @param liveness true while BFD is asked to watch the neighbor
 */
public record OspfNeighborStatus(
    Ipv4Address address,
    InterfaceName interfaceName,
    NeighborState state,
    RouterId routerId,
    int priority,
    Duration dead,
    AreaId area,
    int options,
    Ipv4Address designatedRouter,
    Ipv4Address backupDesignatedRouter,
    @Nullable Duration up,
    @Nullable Duration adjacent,
    long stateChanges,
    int retransmissionListLength,
    int requestListLength,
    boolean liveness) {}
