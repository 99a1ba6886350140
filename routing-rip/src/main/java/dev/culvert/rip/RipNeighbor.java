package dev.culvert.rip;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.rib.NextHop;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.RipNeighborConfig;
import dev.culvert.rip.config.SendMode;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What Junos calls a neighbor: an interface by which RIP speaks. Confined to the routing thread.
 */
final class RipNeighbor {
  /** Routers of one interface; a broadcast domain of more is no place for RIP. */
  static final int MAX_PEERS = 2048;

  final RipFlavor flavor;
  final InterfaceName name;
  RipGroupConfig group;
  RipNeighborConfig config;
  InterfaceState link;

  /** Source of our messages; null while the interface is down or has none. */
  @Nullable IpAddress source;

  final TreeMap<IpAddress, Peer> peers = new TreeMap<>();

  /** Whose advertisements have changed since the last update. */
  final TreeSet<IpPrefix> changed = new TreeSet<>();

  final RequestBudget requests = new RequestBudget();
  Counters counters = new Counters();

  RipNeighbor(
      RipFlavor flavor, RipGroupConfig group, RipNeighborConfig config, InterfaceState link) {
    this.flavor = flavor;
    this.name = config.name();
    this.group = group;
    this.config = config;
    this.link = link;
  }

  boolean isUp() {
    return source != null;
  }

  boolean sends() {
    return isUp() && config.send() != SendMode.NONE;
  }

  /** The version of our messages; RIPng has one only. */
  int version() {
    return flavor == RipFlavor.RIPNG || config.send() == SendMode.VERSION_1 ? 1 : 2;
  }

  /** The addresses of the protocol's family that others can reach, the primary first. */
  static List<InterfaceAddress> addresses(RipFlavor flavor, InterfaceState link) {
    return link.addresses().stream()
        .filter(a -> a.address().family() == flavor.family() && !a.address().isLoopback())
        .toList();
  }

  /** RFC 2080 §2.4.2: RIPng speaks from link-local addresses alone. */
  static @Nullable IpAddress ownAddress(RipFlavor flavor, InterfaceState link) {
    return addresses(flavor, link).stream()
        .map(InterfaceAddress::address)
        .filter(a -> flavor == RipFlavor.RIP || isLinkLocal(a))
        .findFirst()
        .orElse(null);
  }

  static boolean isLinkLocal(IpAddress address) {
    return address instanceof Ipv6Address v6 && v6.isLinkLocal();
  }

  /** A router on this very link may have the address. */
  boolean isOnLink(IpAddress address) {
    if (flavor == RipFlavor.RIPNG) {
      return isLinkLocal(address);
    }
    List<InterfaceAddress> own = addresses(flavor, link);
    if (own.isEmpty()) {
      return link.pointToPoint();
    }
    return own.stream()
        .anyMatch(a -> a.prefix().contains(address) && !a.reserved().contains(address));
  }

  /**
   * Where routes through an address send their packets. A point-to-point device needs no gateway;
   * one is given where it lies in the subnet, as Junos shows it.
   */
  NextHop.Via nextHop(IpAddress gateway) {
    boolean shown = flavor == RipFlavor.RIPNG || (subnet() != null && isOnLink(gateway));
    return new NextHop.Via(name, shown || !link.pointToPoint() ? gateway : null);
  }

  /** The primary subnet; null on an unnumbered interface, and of RIPng. */
  @Nullable Ipv4Prefix subnet() {
    for (InterfaceAddress address : addresses(RipFlavor.RIP, link)) {
      if (flavor == RipFlavor.RIP && address.prefix() instanceof Ipv4Prefix v4) {
        return v4;
      }
    }
    return null;
  }

  /** Where updates go; null where each peer is sent its own. */
  @Nullable IpAddress destination() {
    if (config.pointToMultipoint()) {
      return null;
    }
    return switch (config.send()) {
      case MULTICAST, NONE -> flavor.group();
      case BROADCAST, VERSION_1 -> link.pointToPoint() ? flavor.group() : broadcast();
    };
  }

  private Ipv4Address broadcast() {
    Ipv4Prefix subnet = subnet();
    return subnet == null || subnet.length() > 30 ? Ipv4Address.BROADCAST : subnet.last();
  }

  /** Everyone that updates are sent to. */
  Iterable<IpAddress> destinations() {
    IpAddress all = destination();
    if (all != null) {
      return List.of(all);
    }
    TreeSet<IpAddress> each = new TreeSet<>(config.peers());
    if (config.dynamicPeers()) {
      each.addAll(peers.keySet());
    }
    return each;
  }

  /**
   * Split horizon (RFC 2453 §3.4.3): what was learned from where a message goes is not offered
   * there. Peers that are told one by one are told apart.
   */
  boolean isBehind(List<NextHop.Via> learnedVia, IpAddress destination) {
    for (NextHop.Via via : learnedVia) {
      boolean ofOther =
          config.pointToMultipoint() && via.gateway() != null && !destination.equals(via.gateway());
      if (via.out().equals(name) && !ofOther) {
        return true;
      }
    }
    return false;
  }

  /** Answers to requests cost much more than requests: so many at once, then one a second. */
  static final class RequestBudget {
    private static final int MOST_AT_ONCE = 16;
    private int left = MOST_AT_ONCE;
    private long since = Long.MIN_VALUE;

    boolean take(Instant now) {
      long second = now.getEpochSecond();
      if (since == Long.MIN_VALUE) {
        since = second;
      }
      left = (int) Math.min(MOST_AT_ONCE, left + (second - since));
      since = second;
      if (left == 0) {
        return false;
      }
      left--;
      return true;
    }
  }
}
