package dev.culvert.tun.netlink;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Decoded;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Asks the kernel where it routes packets, by all its rules and tables. Each address is asked for
 * once, so this is for one piece of work and then closed. Confined to one thread.
 */
public final class RouteQuery implements AutoCloseable {
  /** Where packets to an address go. */
  public sealed interface Answer {
    record Out(InterfaceName by) implements Answer {}

    /** To the router itself, with others or alone. */
    record Local() implements Answer {}

    record Unreachable() implements Answer {}
  }

  private final NetlinkRequests requests;
  private final InterfaceTable interfaces = new InterfaceTable();
  private final Map<IpAddress, Answer> answers = new HashMap<>();

  private RouteQuery(NetlinkRequests requests) {
    this.requests = requests;
  }

  /** Of the network namespace of the calling thread. */
  public static RouteQuery open() throws IOException {
    NetlinkRequests requests = NetlinkRequests.open(NetlinkSocket.NETLINK_ROUTE);
    try {
      RouteQuery query = new RouteQuery(requests);
      requests.dump(LinkMessage::encodeDump, LinkMessage::decode).forEach(query.interfaces::put);
      return query;
    } catch (IOException e) {
      requests.close();
      throw e;
    }
  }

  public Answer lookup(IpAddress destination) throws IOException {
    Answer known = answers.get(destination);
    if (known == null) {
      known = ask(destination);
      answers.put(destination, known);
    }
    return known;
  }

  private Answer ask(IpAddress destination) throws IOException {
    int request = requests.nextSequence();
    NetlinkWriter out = new NetlinkWriter();
    RouteMessage.encodeQuery(out, request, destination);
    requests.socket().send(out);
    for (NetlinkMessage message : requests.receiveReply()) {
      if (message.sequence() == request
          && message.type() == Rtnl.RTM_NEWROUTE
          && RouteMessage.decodeAnswer(message.payload())
              instanceof Decoded.Ok<RouteMessage>(var route)) {
        return answer(route);
      }
    }
    // An error: there is no route, or one that says so.
    return new Answer.Unreachable();
  }

  private Answer answer(RouteMessage route) {
    return switch (route.type()) {
      case Rtnl.RTN_LOCAL, Rtnl.RTN_BROADCAST, Rtnl.RTN_MULTICAST -> new Answer.Local();
      case Rtnl.RTN_UNICAST ->
          route.hops().stream()
              .findFirst()
              .<Answer>map(hop -> new Answer.Out(interfaces.name(hop.index())))
              .orElseGet(Answer.Unreachable::new);
      default -> new Answer.Unreachable();
    };
  }

  @Override
  public void close() {
    requests.close();
  }
}
