package dev.culvert.tun.netlink;

import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Addresses that the router answers ARP and neighbor solicitations for, on behalf of NAT: what
 * Junos calls proxy-arp and proxy-ndp. Confined to one thread.
 *
 * <p>Of an IPv4 address the kernel needs two things: a proxy entry on the interface, and a route to
 * the address by another device than the one that asks. An address of the connected subnet has
 * none, so it gets a host route by {@code lo} in the table {@code local}, which is asked before the
 * main table and is no concern of the RIB. NAT translates before the kernel routes, so no packet
 * that is translated meets that route; one that is not would go round by {@code lo} until its hop
 * limit is used up, unless the rules drop what leaves by {@code lo}. (A route of type {@code local}
 * would be answered for without an entry, but on every interface, and would make the address the
 * router's own; one of type blackhole is answered for on none.)
 *
 * <p>Of an IPv6 address the proxy entry is enough where the interface's {@code proxy_ndp} is on and
 * the kernel forwards. The kernel puts answers off by a random part of {@code proxy_delay}, lest
 * several proxies speak at once; here there is one, which answers at once.
 */
public final class ProxyNeighbors implements AutoCloseable {
  /** RT_TABLE_LOCAL. */
  private static final int LOCAL_TABLE = 255;

  private static final InterfaceName LOOPBACK = new InterfaceName("lo0", 0);

  private final NetlinkRequests requests;

  private ProxyNeighbors(NetlinkRequests requests) {
    this.requests = requests;
  }

  /** Of the network namespace of the calling thread. */
  public static ProxyNeighbors open() throws SystemCallException {
    return new ProxyNeighbors(NetlinkRequests.open(NetlinkSocket.NETLINK_ROUTE));
  }

  /** The entries of ours, as the kernel has them. */
  public List<ProxyNeighbor> list() throws IOException {
    InterfaceTable interfaces = interfaces();
    List<ProxyNeighbor> entries = new ArrayList<>();
    for (NeighborMessage entry : entries()) {
      entries.add(new ProxyNeighbor(interfaces.name(entry.index()), entry.address()));
    }
    return entries;
  }

  /**
   * Makes the kernel answer for those addresses and for no others of ours; entries of somebody
   * else's stay, unless they are among those wanted. May be repeated: what is there stays as it is.
   *
   * @return interfaces that are not there; when they come, this is to be called again
   */
  public List<InterfaceName> apply(Collection<ProxyNeighbor> wanted) throws IOException {
    InterfaceTable interfaces = interfaces();
    TreeSet<InterfaceName> missing = new TreeSet<>();
    TreeMap<Integer, TreeSet<IpAddress>> wantedByIndex = new TreeMap<>();
    TreeSet<IpAddress> routed = new TreeSet<>();
    for (ProxyNeighbor neighbor : wanted) {
      int index = interfaces.index(neighbor.on());
      if (index == 0) {
        missing.add(neighbor.on());
        continue;
      }
      wantedByIndex.computeIfAbsent(index, i -> new TreeSet<>()).add(neighbor.address());
      if (neighbor.address().family() == AddressFamily.INET) {
        routed.add(neighbor.address());
      }
    }
    for (NeighborMessage entry : entries()) {
      TreeSet<IpAddress> stays = wantedByIndex.get(entry.index());
      if (stays == null || !stays.remove(entry.address())) {
        remove(entry);
      }
    }
    // The route first: an entry without it is answered for as soon as somebody else adds one.
    applyRoutes(routed, interfaces.index(LOOPBACK));
    for (var added : wantedByIndex.entrySet()) {
      for (IpAddress address : added.getValue()) {
        add(added.getKey(), address);
      }
    }
    answerAtOnce(wanted, missing);
    return List.copyOf(missing);
  }

  private List<NeighborMessage> entries() throws IOException {
    return requests.dump(NeighborMessage::encodeDump, NeighborMessage::decode).stream()
        .filter(NeighborMessage::isOurs)
        .toList();
  }

  private InterfaceTable interfaces() throws IOException {
    InterfaceTable interfaces = new InterfaceTable();
    requests.dump(LinkMessage::encodeDump, LinkMessage::decode).forEach(interfaces::put);
    return interfaces;
  }

  private void add(int index, IpAddress address) throws IOException {
    requests.request(
        "answer for " + address + " on index " + index,
        (out, number) -> NeighborMessage.encodeAdd(out, number, index, address));
  }

  private void remove(NeighborMessage entry) throws IOException {
    requests.request(
        "answer no more for " + entry.address() + " on index " + entry.index(),
        (out, number) -> NeighborMessage.encodeRemove(out, number, entry.index(), entry.address()),
        Errno.ENOENT,
        Errno.ENODEV);
  }

  private void applyRoutes(Set<IpAddress> wanted, int loopback) throws IOException {
    TreeSet<IpAddress> found = new TreeSet<>();
    List<RouteMessage> routes =
        requests.dump(
            (out, number) -> RouteMessage.encodeDump(out, number, AddressFamily.INET, LOCAL_TABLE),
            RouteMessage::decode);
    for (RouteMessage route : routes) {
      if (route.protocol() == RouteProtocolNumber.CULVERT && route.table() == LOCAL_TABLE) {
        found.add(route.prefix().network());
      }
    }
    for (IpAddress address : found) {
      if (!wanted.contains(address)) {
        requests.request(
            "remove the route to " + address,
            (out, number) -> {
              route(address, loopback).encodeRemove(out, number);
              out.acknowledgeLast();
            },
            Errno.ESRCH);
      }
    }
    for (IpAddress address : wanted) {
      if (!found.contains(address)) {
        requests.request(
            "route " + address + " by lo",
            (out, number) -> {
              route(address, loopback).encodeInstall(out, number, false);
              out.acknowledgeLast();
            },
            Errno.EEXIST);
      }
    }
  }

  private static RouteMessage route(IpAddress address, int loopback) {
    return new RouteMessage(
        IpPrefix.host(address),
        Rtnl.RTN_UNICAST,
        RouteProtocolNumber.CULVERT,
        LOCAL_TABLE,
        0,
        List.of(new RouteMessage.Hop(loopback, null)));
  }

  private static void answerAtOnce(Collection<ProxyNeighbor> wanted, Set<InterfaceName> missing)
      throws IOException {
    TreeSet<String> done = new TreeSet<>();
    for (ProxyNeighbor neighbor : wanted) {
      String device = neighbor.on().device();
      String version = neighbor.address().family() == AddressFamily.INET ? "ipv4" : "ipv6";
      if (missing.contains(neighbor.on()) || !done.add(version + "/" + device)) {
        continue;
      }
      Sysctl.write(version + "/neigh/" + device + "/proxy_delay", 0);
      if (version.equals("ipv6")) {
        Sysctl.write("ipv6/conf/" + device + "/proxy_ndp", 1);
      }
    }
  }

  @Override
  public void close() {
    requests.close();
  }
}
