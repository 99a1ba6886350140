package dev.culvert.tun.netlink;

import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.wire.Decoded;
import dev.culvert.tun.sys.Errno;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the main table of both families, some hundred routes at a time: the kernel keeps the place
 * meanwhile, and holds nobody up. Confined to its {@link RtNetlink}'s thread.
 */
public final class RouteDump implements AutoCloseable {
  /** The socket asks for one family after the other, which are its sequence numbers. */
  private static final List<AddressFamily> FAMILIES = List.of(AddressFamily.values());

  private final RtNetlink netlink;
  private final NetlinkSocket socket;
  private int family = -1;
  private boolean consistent = true;

  /**
   * @param socket of nobody else's until this is closed
   */
  RouteDump(RtNetlink netlink, NetlinkSocket socket) throws SystemCallException {
    this.netlink = netlink;
    this.socket = socket;
    askForNextFamily();
  }

  private void askForNextFamily() throws SystemCallException {
    family++;
    NetlinkWriter out = new NetlinkWriter();
    RouteMessage.encodeDump(out, family, FAMILIES.get(family), RouteMessage.MAIN_TABLE);
    socket.send(out);
  }

  /**
   * The next routes, of whatever protocol; after the last slice there is nothing more to ask for.
   */
  public FibSlice next() throws IOException {
    netlink.refreshInterfaces();
    List<KernelRoute> routes = new ArrayList<>();
    boolean last = false;
    List<NetlinkMessage> messages = socket.receive();
    if (messages.isEmpty()) {
      throw new SystemCallException("route dump", Errno.EAGAIN);
    }
    for (NetlinkMessage message : messages) {
      consistent &= (message.flags() & Netlink.NLM_F_DUMP_INTR) == 0;
      switch (message.type()) {
        case Netlink.NLMSG_DONE -> {
          last = family + 1 == FAMILIES.size();
          if (!last) {
            askForNextFamily();
          }
        }
        case Netlink.NLMSG_ERROR ->
            throw new SystemCallException(
                "route dump", NetlinkRequests.require(Acknowledgment.decode(message)).errno());
        default -> {
          if (RouteMessage.decode(message.payload()) instanceof Decoded.Ok<RouteMessage>(var it)) {
            KernelRoute route = netlink.route(it);
            if (route != null) {
              routes.add(route);
            }
          }
        }
      }
    }
    return new FibSlice(routes, last, consistent);
  }

  /** Ends the reading, wherever it has got to. */
  @Override
  public void close() throws SystemCallException {
    socket.discard();
  }
}
