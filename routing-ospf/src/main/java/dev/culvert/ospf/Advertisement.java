package dev.culvert.ospf;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.ospf.neighbor.Neighbor;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.packet.LsaBody;
import dev.culvert.ospf.packet.LsaKey;
import dev.culvert.ospf.packet.LsaType;
import dev.culvert.ospf.packet.NetworkLsa;
import dev.culvert.ospf.packet.RouterLsa;
import dev.culvert.ospf.packet.RouterLsa.Link;
import dev.culvert.ospf.packet.RouterLsa.LinkType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a router says of its own interfaces: router-LSA and network-LSAs (RFC 2328 §12.4.1-2). */
final class Advertisement {
  private Advertisement() {}

  static SortedMap<LsaKey, LsaBody> topology(
      RouterId self, Iterable<OspfInterface> interfaces, boolean asBoundaryRouter) {
    TreeMap<LsaKey, LsaBody> wanted = new TreeMap<>();
    List<Link> links = new ArrayList<>();
    for (OspfInterface on : interfaces) {
      links.addAll(links(on));
      if (isTransit(on) && on.state == OspfInterfaceState.DR) {
        wanted.put(
            LsaKey.of(LsaType.NETWORK, on.address, self),
            new NetworkLsa(on.subnet == null ? 32 : on.subnet.length(), attached(self, on)));
      }
    }
    int flags = asBoundaryRouter ? RouterLsa.AS_BOUNDARY_ROUTER : 0;
    wanted.put(LsaKey.router(self), new RouterLsa(flags, links));
    return wanted;
  }

  private static List<Link> links(OspfInterface on) {
    List<Link> links = new ArrayList<>();
    switch (on.state) {
      case DOWN -> {}
      case LOOPBACK -> {
        links.addAll(hosts(on));
      }
      case POINT_TO_POINT -> {
        for (Neighbor neighbor : on.neighbors.values()) {
          if (neighbor.isAdjacent()) {
            links.add(
                new Link(
                    LinkType.POINT_TO_POINT,
                    new Ipv4Address(neighbor.routerId.bits()),
                    linkData(on),
                    on.cost));
          }
        }
        links.addAll(on.isPointToMultipoint() ? hosts(on) : stubs(on, null));
      }
      case WAITING, DR_OTHER, BACKUP, DR -> {
        if (isTransit(on)) {
          links.add(new Link(LinkType.TRANSIT, on.designatedRouter, on.address, on.cost));
          links.addAll(stubs(on, on.subnet));
        } else {
          links.addAll(stubs(on, null));
        }
      }
    }
    return links;
  }

  /** Own address, or on an unnumbered interface its index (RFC 2328 §12.4.1.1). */
  static Ipv4Address linkData(OspfInterface on) {
    return on.subnet == null ? new Ipv4Address(on.link.index()) : on.address;
  }

  /** Subnets of the interface that no transit link stands for. */
  private static List<Link> stubs(OspfInterface on, @Nullable Ipv4Prefix except) {
    List<Link> stubs = new ArrayList<>();
    for (Ipv4Prefix prefix : subnets(on)) {
      if (!prefix.equals(except)) {
        stubs.add(new Link(LinkType.STUB, prefix.network(), prefix.netmask(), on.cost));
      }
    }
    return stubs;
  }

  /** Addresses that cost nothing to be reached, once this router is (RFC 2328 §12.4.1.4). */
  private static List<Link> hosts(OspfInterface on) {
    List<Link> hosts = new ArrayList<>();
    for (Ipv4Prefix host : hostPrefixes(on)) {
      hosts.add(new Link(LinkType.STUB, host.network(), host.netmask(), 0));
    }
    return hosts;
  }

  static List<Ipv4Prefix> hostPrefixes(OspfInterface on) {
    return on.addresses().stream()
        .map(InterfaceAddress::address)
        .filter(Ipv4Address.class::isInstance)
        .map(address -> new Ipv4Prefix((Ipv4Address) address, 32))
        .distinct()
        .toList();
  }

  static List<Ipv4Prefix> subnets(OspfInterface on) {
    return on.addresses().stream()
        .map(InterfaceAddress::prefix)
        .filter(Ipv4Prefix.class::isInstance)
        .map(Ipv4Prefix.class::cast)
        .distinct()
        .toList();
  }

  /** RFC 2328 §12.4.1.2: fully adjacent to the Designated Router, or it, with somebody adjacent. */
  static boolean isTransit(OspfInterface on) {
    return switch (on.state) {
      case DR -> on.count(NeighborState.FULL) > 0;
      case DR_OTHER, BACKUP ->
          on.neighbors.values().stream().anyMatch(n -> n.isAdjacent() && on.isDesignatedRouter(n));
      case DOWN, LOOPBACK, WAITING, POINT_TO_POINT -> false;
    };
  }

  private static List<RouterId> attached(RouterId self, OspfInterface on) {
    List<RouterId> attached = new ArrayList<>();
    attached.add(self);
    for (Map.Entry<RouterId, Neighbor> entry : on.neighbors.entrySet()) {
      if (entry.getValue().isAdjacent()) {
        attached.add(entry.getKey());
      }
    }
    return attached;
  }
}
