package dev.culvert.bgp;

import dev.culvert.bgp.config.PeerConfig;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import java.util.Collection;
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
  static SortedSet<IpAddress> of(Collection<PeerConfig> peers, List<InterfaceAddress> own) {
    SortedSet<IpAddress> addresses = new TreeSet<>();
    peers.forEach(peer -> addresses.addAll(of(peer, own)));
    return addresses;
  }

  /** Whether addresses that have come or gone can make a difference to any of the peers. */
  static boolean concern(Collection<PeerConfig> peers, List<InterfaceAddress> moved) {
    return peers.stream().anyMatch(peer -> concerns(peer, moved));
  }

  private static boolean concerns(PeerConfig peer, List<InterfaceAddress> moved) {
    IpAddress local = peer.session().localAddress();
    if (local != null) {
      return moved.stream().anyMatch(a -> a.address().equals(local));
    }
    return !peer.session().mustBeConnected()
        || moved.stream().anyMatch(a -> isBeside(a, peer.address()));
  }

  /**
   * The address of the session if it is configured, else ours in the peer's subnet; and if it is in
   * none of ours, any.
   */
  private static List<IpAddress> of(PeerConfig peer, List<InterfaceAddress> own) {
    IpAddress local = peer.session().localAddress();
    if (local != null) {
      return addresses(own, a -> a.address().equals(local));
    }
    List<IpAddress> beside = addresses(own, a -> isBeside(a, peer.address()));
    boolean connected = !beside.isEmpty() || peer.session().mustBeConnected();
    return connected ? beside : addresses(own, a -> !isLoopback(a.address()));
  }

  private static List<IpAddress> addresses(
      List<InterfaceAddress> own, Predicate<InterfaceAddress> which) {
    return own.stream().filter(which).map(InterfaceAddress::address).toList();
  }

  private static boolean isBeside(InterfaceAddress own, Ipv4Address peer) {
    return own.prefix().contains(peer) && !own.address().equals(peer);
  }

  private static boolean isLoopback(IpAddress address) {
    return address instanceof Ipv4Address v4 && v4.isLoopback();
  }
}
