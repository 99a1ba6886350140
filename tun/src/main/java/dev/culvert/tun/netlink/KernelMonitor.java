package dev.culvert.tun.netlink;

import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.forwarding.Pollable;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * Hears what changes in the kernel: links, addresses, rules, and the main table's routes. Wait on
 * it with a poller, then {@link #drain}. Confined to one thread.
 */
public final class KernelMonitor implements Pollable {
  /** A flap of a full table is hundreds of thousands of notifications; more than that resyncs. */
  private static final int RECEIVE_BUFFER = 16 << 20;

  /** Datagrams taken in one call, so that the caller's other work is not starved. */
  private static final int MAX_DATAGRAMS = 256;

  private static final int GROUPS =
      Rtnl.GROUP_LINK
          | Rtnl.GROUP_IPV4_ADDRESS
          | Rtnl.GROUP_IPV6_ADDRESS
          | Rtnl.GROUP_IPV4_ROUTE
          | Rtnl.GROUP_IPV6_ROUTE
          | Rtnl.GROUP_IPV4_RULE
          | Rtnl.GROUP_IPV6_RULE;

  private final NetlinkSocket socket;
  private final InterfaceTable interfaces = new InterfaceTable();
  private boolean interfacesKnown;

  /** 0 is the kernel's own, which is always heard. */
  private int ignoredPortId;

  private KernelMonitor(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** Listens from here on: dump after opening, and nothing is missed. */
  public static KernelMonitor open() throws IOException {
    return open(RECEIVE_BUFFER);
  }

  static KernelMonitor open(int receiveBuffer) throws IOException {
    KernelMonitor monitor =
        new KernelMonitor(NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE, GROUPS, receiveBuffer));
    try {
      monitor.readInterfaces();
      return monitor;
    } catch (IOException e) {
      monitor.close();
      throw e;
    }
  }

  /**
   * Passes over route changes that {@code netlink} itself asked for, so that what is left are
   * others' doings: no echo of our own can be taken for one.
   */
  public void ignoreRoutesOf(RtNetlink netlink) throws IOException {
    ignoredPortId = netlink.portId();
  }

  private void readInterfaces() throws IOException {
    try (RtNetlink netlink = RtNetlink.open()) {
      List<KernelLink> links = netlink.links();
      interfaces.clear();
      links.forEach(interfaces::put);
      interfacesKnown = true;
    }
  }

  /**
   * Hands over what has been heard, without waiting. An {@link KernelEvent.Overrun} is the last of
   * its call: nothing that was heard before the loss comes after it.
   *
   * @return false if more may wait: one call takes so much, and no more
   */
  public boolean drain(Consumer<? super KernelEvent> events) throws IOException {
    if (!interfacesKnown) {
      readInterfaces();
    }
    for (int i = 0; i < MAX_DATAGRAMS; i++) {
      try {
        List<NetlinkMessage> messages = socket.receive();
        if (messages.isEmpty()) {
          return true;
        }
        messages.forEach(message -> decode(message, events));
      } catch (SystemCallException e) {
        if (e.errno() != Errno.ENOBUFS) {
          throw e;
        }
        socket.discard();
        interfacesKnown = false;
        events.accept(new KernelEvent.Overrun());
        return true;
      }
    }
    return false;
  }

  private void decode(NetlinkMessage message, Consumer<? super KernelEvent> events) {
    switch (message.type()) {
      case Rtnl.RTM_NEWLINK -> {
        if (LinkMessage.decode(message.payload()) instanceof Decoded.Ok<KernelLink>(var link)) {
          interfaces.put(link);
          events.accept(new KernelEvent.LinkChanged(link));
        }
      }
      case Rtnl.RTM_DELLINK -> {
        if (LinkMessage.decode(message.payload()) instanceof Decoded.Ok<KernelLink>(var link)) {
          interfaces.remove(link.index());
          events.accept(new KernelEvent.LinkRemoved(link.index(), link.device()));
        }
      }
      case Rtnl.RTM_NEWADDR, Rtnl.RTM_DELADDR -> {
        if (AddressMessage.decode(message.payload())
            instanceof Decoded.Ok<KernelAddress>(var address)) {
          events.accept(
              message.type() == Rtnl.RTM_NEWADDR
                  ? new KernelEvent.AddressAdded(address)
                  : new KernelEvent.AddressRemoved(address));
        }
      }
      case Rtnl.RTM_NEWROUTE, Rtnl.RTM_DELROUTE -> decodeRoute(message, events);
      case Rtnl.RTM_NEWRULE, Rtnl.RTM_DELRULE -> events.accept(new KernelEvent.RulesChanged());
      default -> {
        // NLMSG_NOOP and messages of groups we did not ask for.
      }
    }
  }

  private void decodeRoute(NetlinkMessage message, Consumer<? super KernelEvent> events) {
    if (message.portId() != 0 && message.portId() == ignoredPortId) {
      return;
    }
    if (RouteMessage.decode(message.payload()) instanceof Decoded.Ok<RouteMessage>(var decoded)) {
      KernelRoute route = interfaces.route(decoded);
      if (route != null) {
        // Of a replacement the kernel tells no more than that: what was replaced goes unmentioned.
        boolean inPlace = (message.flags() & Netlink.NLM_F_REPLACE) != 0;
        events.accept(
            new KernelEvent.RouteChanged(
                message.type() == Rtnl.RTM_NEWROUTE
                    ? new KernelRouteChange.Added(route, inPlace)
                    : new KernelRouteChange.Removed(route)));
      }
    }
  }

  @Override
  public int fileDescriptor() {
    return socket.fileDescriptor();
  }

  @Override
  public void close() {
    socket.close();
  }
}
