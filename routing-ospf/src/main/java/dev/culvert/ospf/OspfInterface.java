package dev.culvert.ospf;

import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.NextHop;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.Lsa;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.LsaKey;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The interface data structure of RFC 2328 §9. Confined to the routing thread. */
final class OspfInterface {
  final InterfaceName name;
  OspfInterfaceConfig config;
  InterfaceState link;
  int cost;
  OspfInterfaceState state = OspfInterfaceState.DOWN;

  /** Source of our packets; on an unnumbered interface borrowed from another one. */
  Ipv4Address address = Ipv4Address.ANY;

  /** The primary subnet; null on an unnumbered interface. */
  @Nullable Ipv4Prefix subnet;

  Ipv4Address designatedRouter = Ipv4Address.ANY;
  Ipv4Address backupDesignatedRouter = Ipv4Address.ANY;
  final TreeMap<RouterId, Neighbor> neighbors = new TreeMap<>();

  /**
   * Neighbors that were lost and whose return is expected: BFD goes on watching, so that a path
   * that is down is seen to be down. By address.
   */
  final TreeMap<Ipv4Address, LivenessTarget> lost = new TreeMap<>();

  /** Hellos that may still follow each other faster than HelloInterval. */
  int eagerHellos;

  Instant nextHelloAt = Instant.MAX;

  /** Hellos sent since the last that was due, to routers that have just appeared. */
  int answers;

  /** LSAs to be flooded out of here when the event at hand has been dealt with. */
  final LinkedHashMap<LsaKey, Lsa> pendingUpdates = new LinkedHashMap<>();

  final LinkedHashMap<LsaKey, LsaHeader> delayedAcks = new LinkedHashMap<>();

  OspfInterface(OspfInterfaceConfig config, InterfaceState link) {
    this.name = config.name();
    this.config = config;
    this.link = link;
  }

  NetworkType type() {
    NetworkType configured = config.networkType();
    if (configured != null) {
      return configured;
    }
    return link.pointToPoint() ? NetworkType.POINT_TO_POINT : NetworkType.BROADCAST;
  }

  boolean isBroadcast() {
    return type() == NetworkType.BROADCAST;
  }

  boolean isPointToMultipoint() {
    return type() == NetworkType.POINT_TO_MULTIPOINT;
  }

  /** Whose source address tells them apart (RFC 2328 §8.2). */
  boolean hasManyNeighbors() {
    return type() != NetworkType.POINT_TO_POINT;
  }

  /** Takes part in the protocol: sends hellos and listens. */
  boolean isActive() {
    return switch (state) {
      case DOWN, LOOPBACK -> false;
      case WAITING, POINT_TO_POINT, DR_OTHER, BACKUP, DR -> !config.passive();
    };
  }

  /** The mask hellos carry: zero on point-to-point links without a subnet (RFC 2328 §9.5). */
  Ipv4Address mask() {
    Ipv4Prefix prefix = subnet;
    return prefix == null ? Ipv4Address.ANY : prefix.netmask();
  }

  int mtu() {
    Integer configured = config.mtu();
    return configured != null ? configured : link.mtu();
  }

  /**
   * Whether Database Descriptions of any Interface MTU are taken. The MTU of a tunnel follows its
   * own path and what may encapsulate it, so that the two ends, and more so the many ends at a hub,
   * have different ones; but each bounds what is sent into the tunnel, and whatever comes out of it
   * is received. It holds against neighbors where it is configured.
   */
  boolean takesAnyMtu() {
    return config.ignoreMtu() || (name.isSecureTunnel() && config.mtu() == null);
  }

  List<InterfaceAddress> addresses() {
    return addresses(link);
  }

  /** Every IPv4 address of a device that others can reach, primary first: not 127.0.0.1 of lo. */
  static List<InterfaceAddress> addresses(InterfaceState link) {
    return link.addresses().stream()
        .filter(a -> a.address() instanceof Ipv4Address v4 && !v4.isLoopback())
        .toList();
  }

  /**
   * Where routes through the neighbor send their packets. A point-to-point device needs no gateway;
   * one is given where the neighbor lies in the subnet, as Junos shows it.
   */
  NextHop.Via nextHop(Ipv4Address neighbor) {
    Ipv4Prefix prefix = subnet;
    boolean onLink = prefix != null && prefix.length() < 32 && prefix.contains(neighbor);
    return new NextHop.Via(name, onLink || !link.pointToPoint() ? neighbor : null);
  }

  boolean isDesignatedRouter(Neighbor neighbor) {
    return neighbor.address.equals(designatedRouter);
  }

  boolean isBackup(Neighbor neighbor) {
    return neighbor.address.equals(backupDesignatedRouter);
  }

  /** RFC 2328 §10.4: whether an adjacency with the neighbor should be formed. */
  boolean wantsAdjacency(Neighbor neighbor) {
    return !isBroadcast()
        || state.isDesignated()
        || isDesignatedRouter(neighbor)
        || isBackup(neighbor);
  }

  int count(NeighborState least) {
    return (int) neighbors.values().stream().filter(n -> n.state.atLeast(least)).count();
  }
}
