package dev.culvert.ospf.operational;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.AreaId;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code show ospf interface}, and what {@code detail} adds.
 *
 * @param designatedRouterId 0.0.0.0 where there is none
 * @param authentication {@code None}, {@code Password} or {@code MD5}
 * @param activeKeyId of MD5, otherwise null
 */
public record OspfInterfaceStatus(
    InterfaceName name,
    OspfInterfaceState state,
    AreaId area,
    RouterId designatedRouterId,
    RouterId backupDesignatedRouterId,
    int neighbors,
    NetworkType type,
    Ipv4Address address,
    Ipv4Address mask,
    int mtu,
    int cost,
    int adjacencies,
    boolean passive,
    int priority,
    Ipv4Address designatedRouter,
    Ipv4Address backupDesignatedRouter,
    Duration hello,
    Duration dead,
    Duration retransmit,
    String authentication,
    @Nullable Integer activeKeyId) {}
