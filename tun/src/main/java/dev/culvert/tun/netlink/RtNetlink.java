package dev.culvert.tun.netlink;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads and changes links, addresses and routes of the network namespace it was opened in. Confined
 * to one thread; every call returns when the kernel has done it.
 */
public final class RtNetlink implements AutoCloseable {
  /** Beyond 16 messages a send there is little to gain; the answers must fit the buffer. */
  private static final int BATCH_MESSAGES = 64;

  private static final int BATCH_OCTETS = 32 << 10;

  /** A dump of routes that changes under the reader is taken again, but not for ever. */
  private static final int MAX_DUMP_ATTEMPTS = 10;

  private final NetlinkRequests requests;
  private final NetlinkSocket linkNotifications;
  private final NetlinkSocket routeDumps;
  private final InterfaceTable interfaces = new InterfaceTable();
  private boolean interfacesKnown;

  private RtNetlink(
      NetlinkRequests requests, NetlinkSocket linkNotifications, NetlinkSocket routeDumps) {
    this.requests = requests;
    this.linkNotifications = linkNotifications;
    this.routeDumps = routeDumps;
  }

  public static RtNetlink open() throws SystemCallException {
    return open(NetlinkSocket.ANSWER_BUFFER);
  }

  static RtNetlink open(int notificationBuffer) throws SystemCallException {
    int protocol = NetlinkSocket.NETLINK_ROUTE;
    NetlinkRequests requests = NetlinkRequests.open(protocol);
    List<NetlinkSocket> opened = new ArrayList<>();
    try {
      opened.add(NetlinkSocket.open(protocol, Rtnl.GROUP_LINK, notificationBuffer));
      opened.add(NetlinkSocket.open(protocol, 0, NetlinkSocket.ANSWER_BUFFER));
      return new RtNetlink(requests, opened.get(0), opened.get(1));
    } catch (SystemCallException e) {
      requests.close();
      opened.forEach(NetlinkSocket::close);
      throw e;
    }
  }

  /** What the kernel knows this socket by. */
  int portId() throws SystemCallException {
    return requests.socket().portId();
  }

  // ---- links ----

  public List<KernelLink> links() throws IOException {
    return requests.dump(LinkMessage::encodeDump, LinkMessage::decode);
  }

  /** The device behind that interface, if there is one. */
  public Optional<KernelLink> link(InterfaceName name) throws IOException {
    int request = requests.nextSequence();
    NetlinkWriter out = new NetlinkWriter();
    LinkMessage.encodeGet(out, request, name.device());
    requests.socket().send(out);
    for (NetlinkMessage message : requests.receiveReply()) {
      if (message.sequence() == request && message.type() == Rtnl.RTM_NEWLINK) {
        return Optional.of(NetlinkRequests.require(LinkMessage.decode(message.payload())));
      }
      if (message.sequence() == request && message.type() == Netlink.NLMSG_ERROR) {
        Acknowledgment answer = NetlinkRequests.require(Acknowledgment.decode(message));
        if (answer.errno() != Errno.ENODEV) {
          throw new SystemCallException("query " + name.device(), answer.errno());
        }
      }
    }
    return Optional.empty();
  }

  /** Administratively up or down. */
  public void setUp(InterfaceName name, boolean up) throws IOException {
    setUp(requireIndex(name), up);
  }

  /** As the other, for the device of that index, whatever its name. */
  public void setUp(int index, boolean up) throws IOException {
    requests.request(
        "set index " + index + (up ? " up" : " down"),
        (out, number) -> LinkMessage.encodeSetUp(out, number, index, up));
  }

  public void setMtu(InterfaceName name, int mtu) throws IOException {
    setMtu(requireIndex(name), mtu);
  }

  /** As the other, for the device of that index, whatever its name. */
  public void setMtu(int index, int mtu) throws IOException {
    requests.request(
        "set mtu of index " + index,
        (out, number) -> LinkMessage.encodeSet(out, number, index, Rtnl.IFLA_MTU, mtu));
  }

  public void setTransmitQueueLength(InterfaceName name, int packets) throws IOException {
    int index = requireIndex(name);
    requests.request(
        "set txqueuelen of " + name,
        (out, number) -> LinkMessage.encodeSet(out, number, index, Rtnl.IFLA_TXQLEN, packets));
  }

  public void removeLink(InterfaceName name) throws IOException {
    int index = requireIndex(name);
    requests.request(
        "remove " + name, (out, number) -> LinkMessage.encodeRemove(out, number, index));
  }

  // ---- addresses ----

  public List<KernelAddress> addresses() throws IOException {
    return requests.dump(AddressMessage::encodeDump, AddressMessage::decode);
  }

  /**
   * Adds the address with our mark; one that is there already is left as it is, with whatever mark
   * it has. The kernel makes an IPv6 address reachable in the background, and only then sends
   * {@link KernelEvent.AddressAdded}.
   *
   * @return false if it was there already
   */
  public boolean addAddress(InterfaceName name, InterfaceAddress address) throws IOException {
    return addAddress(requireIndex(name), address);
  }

  /** As the other, for the device of that index, whatever its name. */
  public boolean addAddress(int index, InterfaceAddress address) throws IOException {
    return requests.request(
        "add " + address + " to index " + index,
        (out, number) -> AddressMessage.encodeAdd(out, number, index, address),
        Errno.EEXIST);
  }

  /**
   * Removes the address from the device of that index; one that is not there is no error.
   *
   * <p>With an IPv4 address the kernel takes away all others of its subnet that came after it,
   * whosoever they are, unless it is told to promote one of them.
   */
  public void removeAddress(int index, InterfaceAddress address) throws IOException {
    requests.request(
        "remove " + address + " from index " + index,
        (out, number) -> AddressMessage.encodeRemove(out, number, index, address),
        Errno.EADDRNOTAVAIL,
        Errno.ENODEV);
  }

  // ---- next hops ----

  /** All next hops whose link addresses were told for good, ours and others'. */
  public List<KernelNeighbor> permanentNeighbors() throws IOException {
    return requests.dump(PermanentNeighborMessage::encodeDump, PermanentNeighborMessage::decode);
  }

  /** All next hops whose link addresses are known, however that came. */
  public List<ResolvedNeighbor> resolvedNeighbors() throws IOException {
    return requests.dump(PermanentNeighborMessage::encodeDump, ResolvedNeighborMessage::decode);
  }

  /**
   * Has the kernel write that link address in front of what goes to the next hop, with our mark.
   *
   * @param linkAddress 48 bits
   */
  public void setNeighbor(int index, IpAddress nextHop, long linkAddress) throws IOException {
    requests.request(
        "set neighbor " + nextHop + " on index " + index,
        (out, number) ->
            PermanentNeighborMessage.encodeSet(out, number, index, nextHop, linkAddress));
  }

  /** One that is not there is no error. */
  public void removeNeighbor(int index, IpAddress nextHop) throws IOException {
    requests.request(
        "remove neighbor " + nextHop + " from index " + index,
        (out, number) -> PermanentNeighborMessage.encodeRemove(out, number, index, nextHop),
        Errno.ENOENT,
        Errno.ENODEV);
  }

  // ---- rules and routes ----

  /** All rules that choose tables, of both families. */
  public List<KernelRule> rules() throws IOException {
    return requests.dump(RuleMessage::encodeDump, RuleMessage::decode);
  }

  /** All routes of the main table, of both families. */
  public List<KernelRoute> routes() throws IOException {
    List<KernelRoute> routes = new ArrayList<>();
    for (int attempt = 0; attempt < MAX_DUMP_ATTEMPTS; attempt++) {
      routes.clear();
      try (RouteDump dump = dumpRoutes()) {
        FibSlice slice;
        do {
          slice = dump.next();
          routes.addAll(slice.routes());
        } while (!slice.last());
        if (slice.consistent()) {
          return routes;
        }
      }
    }
    // Changing all the time: as with other dumps.
    return routes;
  }

  /** Begins to read the main table bit by bit; one at a time. */
  public RouteDump dumpRoutes() throws IOException {
    return new RouteDump(this, routeDumps);
  }

  @Nullable KernelRoute route(RouteMessage message) {
    return interfaces.route(message);
  }

  /**
   * Carries the operations out in order, many in one send. A route to remove that is gone already
   * is no failure.
   *
   * @return those that failed
   */
  public List<FibResult> apply(List<FibOperation> operations) throws IOException {
    refreshInterfaces();
    List<FibResult> failures = new ArrayList<>();
    int next = 0;
    while (next < operations.size()) {
      next = applyBatch(operations, next, failures);
    }
    return failures;
  }

  private int applyBatch(List<FibOperation> operations, int first, List<FibResult> failures)
      throws IOException {
    NetlinkWriter out = new NetlinkWriter();
    int firstSequence = requests.lastSequence() + 1;
    List<FibOperation> sent = new ArrayList<>(BATCH_MESSAGES);
    int next = first;
    while (next < operations.size()
        && sent.size() < BATCH_MESSAGES
        && out.length() < BATCH_OCTETS) {
      FibOperation operation = operations.get(next++);
      if (encode(operation, out, failures)) {
        sent.add(operation);
      }
    }
    if (!sent.isEmpty()) {
      out.acknowledgeLast();
      requests.socket().send(out);
      collectAnswers(firstSequence, sent, failures);
    }
    return next;
  }

  /** False, and a failure noted, if an interface of the route does not exist. */
  private boolean encode(FibOperation operation, NetlinkWriter out, List<FibResult> failures) {
    List<FibEntry.Hop> wanted =
        switch (operation) {
          case FibOperation.Install install -> install.entry().nextHops();
          case FibOperation.Remove remove -> remove.only();
        };
    List<RouteMessage.Hop> hops = new ArrayList<>(wanted.size());
    for (FibEntry.Hop hop : wanted) {
      int index = interfaces.index(hop.out());
      if (index == 0) {
        failures.add(new FibResult(operation, Errno.ENODEV, "no such interface: " + hop.out()));
        return false;
      }
      hops.add(new RouteMessage.Hop(index, hop.gateway()));
    }
    int type =
        operation instanceof FibOperation.Install install
            ? type(install.entry().kind())
            : Rtnl.RTN_UNSPEC;
    RouteMessage message =
        new RouteMessage(
            operation.key().prefix(),
            type,
            RouteProtocolNumber.CULVERT,
            kernelTable(operation.key().table()),
            operation.metric(),
            hops);
    if (operation instanceof FibOperation.Install install) {
      message.encodeInstall(out, requests.nextSequence(), install.inPlace());
    } else {
      message.encodeRemove(out, requests.nextSequence());
    }
    return true;
  }

  /** The kernel's table for one of ours: the master instance's are in its main table. */
  private static int kernelTable(TableId table) {
    if (!table.isMaster()) {
      throw new IllegalArgumentException("the kernel has no table for " + table);
    }
    return RouteMessage.MAIN_TABLE;
  }

  private static int type(FibEntry.Kind kind) {
    return switch (kind) {
      case UNICAST -> Rtnl.RTN_UNICAST;
      case BLACKHOLE -> Rtnl.RTN_BLACKHOLE;
      case UNREACHABLE -> Rtnl.RTN_UNREACHABLE;
      case OTHER -> throw new IllegalArgumentException("no type that ours have");
    };
  }

  /** Each failed request has an answer of its own; the last has one in any case. */
  private void collectAnswers(int firstSequence, List<FibOperation> sent, List<FibResult> failures)
      throws IOException {
    while (true) {
      for (NetlinkMessage message : requests.receiveReply()) {
        int position = message.sequence() - firstSequence;
        if (message.type() != Netlink.NLMSG_ERROR || position < 0 || position >= sent.size()) {
          continue;
        }
        Acknowledgment answer = NetlinkRequests.require(Acknowledgment.decode(message));
        FibResult result = new FibResult(sent.get(position), answer.errno(), answer.reason());
        if (!result.succeeded()) {
          failures.add(result);
        }
        if (position == sent.size() - 1) {
          return;
        }
      }
    }
  }

  // ---- interfaces by name ----

  /** The kernel's index of an interface, 0 if it does not exist. */
  public int index(InterfaceName name) throws IOException {
    refreshInterfaces();
    return interfaces.index(name);
  }

  private int requireIndex(InterfaceName name) throws IOException {
    int index = index(name);
    if (index == 0) {
      throw new SystemCallException("interface " + name.device(), Errno.ENODEV);
    }
    return index;
  }

  void refreshInterfaces() throws IOException {
    try {
      for (List<NetlinkMessage> heard = linkNotifications.receive();
          !heard.isEmpty();
          heard = linkNotifications.receive()) {
        heard.forEach(this::observe);
      }
    } catch (SystemCallException e) {
      if (e.errno() != Errno.ENOBUFS) {
        throw e;
      }
      linkNotifications.discard();
      interfacesKnown = false;
    }
    if (!interfacesKnown) {
      interfaces.clear();
      links().forEach(interfaces::put);
      interfacesKnown = true;
    }
  }

  private void observe(NetlinkMessage message) {
    boolean added = message.type() == Rtnl.RTM_NEWLINK;
    if (!added && message.type() != Rtnl.RTM_DELLINK) {
      return;
    }
    switch (LinkMessage.decode(message.payload())) {
      case Decoded.Ok<KernelLink>(KernelLink link) -> {
        if (added) {
          interfaces.put(link);
        } else {
          interfaces.remove(link.index());
        }
      }
      case Decoded.Malformed<KernelLink> malformed -> interfacesKnown = false;
    }
  }

  @Override
  public void close() {
    routeDumps.close();
    linkNotifications.close();
    requests.close();
  }
}
