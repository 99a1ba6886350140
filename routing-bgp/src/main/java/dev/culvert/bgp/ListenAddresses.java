package dev.culvert.bgp;

import dev.culvert.bgp.config.BgpConfig;
import dev.culvert.bgp.config.DynamicPeers;
import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.bgp.config.SessionConfig;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/** At which addresses of ours peers may connect. */
final class ListenAddresses {
  private ListenAddresses() {}

  /**
   * @param own the IPv4 addresses of the interfaces that are up
   */
  static SortedSet<IpAddress> of(BgpConfig config, List<InterfaceAddress> own) {
    SortedSet<IpAddress> addresses = new TreeSet<>();
    for (PeerConfig peer : config.peers()) {
      addresses.addAll(of(peer.session(), own, a -> isBeside(a, peer.address())));
    }
    for (DynamicPeers some : config.dynamic()) {
      addresses.addAll(of(some.each().session(), own, a -> isBeside(a, some.allowed())));
    }
    return addresses;
  }

  /** Whether addresses that have come or gone can make a difference to any of the peers. */
  static boolean concern(BgpConfig config, List<InterfaceAddress> moved) {
    return config.peers().stream()
            .anyMatch(peer -> concerns(peer.session(), moved, a -> isBeside(a, peer.address())))
        || config.dynamic().stream()
            .anyMatch(
                some -> concerns(some.each().session(), moved, a -> isBeside(a, some.allowed())));
  }

  private static boolean concerns(
      SessionConfig session,
      List<InterfaceAddress> moved,
      Predicate<InterfaceAddress> isBesidePeer) {
    IpAddress local = session.localAddress();
    if (local != null) {
      return moved.stream().anyMatch(a -> a.address().equals(local));
    }
    return !session.mustBeConnected() || moved.stream().anyMatch(isBesidePeer);
  }

  /**
   * The address of the session if it is configured, else ours in the peer's subnet; and if it is in
   * none of ours, any.
   */
  private static List<IpAddress> of(
      SessionConfig session, List<InterfaceAddress> own, Predicate<InterfaceAddress> isBesidePeer) {
    IpAddress local = session.localAddress();
    if (local != null) {
      return addresses(own, a -> a.address().equals(local));
    }
    List<IpAddress> beside = addresses(own, isBesidePeer);
    boolean connected = !beside.isEmpty() || session.mustBeConnected();
    return connected ? beside : addresses(own, a -> !isLoopback(a.address()));
  }

  private static List<IpAddress> addresses(
      List<InterfaceAddress> own, Predicate<InterfaceAddress> which) {
    return own.stream().filter(which).map(InterfaceAddress::address).toList();
  }

  private static boolean isBeside(InterfaceAddress own, Ipv4Address peer) {
    return own.prefix().contains(peer) && !own.address().equals(peer);
  }

  /** Some of those who may come from there are in a subnet of ours. */
  private static boolean isBeside(InterfaceAddress own, IpPrefix allowed) {
    return !own.prefix().isHost()
        && (own.prefix().covers(allowed) || allowed.covers(own.prefix()))
        && !isLoopback(own.address());
  }

  private static boolean isLoopback(IpAddress address) {
    return address instanceof Ipv4Address v4 && v4.isLoopback();
  }
}
