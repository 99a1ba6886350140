package dev.culvert.testbed;

import dev.culvert.bgp.BgpAction;
import dev.culvert.bgp.BgpEvent;
import dev.culvert.bgp.message.BgpFramer;
import dev.culvert.bgp.session.ConnectionId;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** BGP's connections over {@link SimulatedTcp}, as the daemon has them over Netty. */
final class SimulatedBgpTransport {
  private static final int BGP_PORT = 179;

  private final SimulatedTcp tcp;
  private final Consumer<BgpEvent> events;
  private final SortedMap<ConnectionId, SimulatedTcp.Connection> connections = new TreeMap<>();
  private BgpAction.Listen listening = BgpAction.Listen.NOWHERE;
  private long nextIncoming = -1;

  SimulatedBgpTransport(SimulatedTcp tcp, Consumer<BgpEvent> events) {
    this.tcp = tcp;
    this.events = events;
  }

  void perform(BgpAction action) {
    switch (action) {
      case BgpAction.Listen a -> {
        listening = a;
        if (a.addresses().isEmpty()) {
          tcp.stopListening(BGP_PORT);
        } else {
          tcp.listen(BGP_PORT, this::accept);
        }
      }
      case BgpAction.Connect a ->
          connections.put(
              a.connection(),
              tcp.connect(
                  (Ipv4Address) a.local(), a.remote(), a.ttl(), new Reader(a.connection(), false)));
      case BgpAction.SendMessage a -> {
        SimulatedTcp.Connection connection = connections.get(a.connection());
        if (connection != null) {
          connection.send(a.message());
        }
      }
      case BgpAction.AwaitWritable a -> {
        SimulatedTcp.Connection connection = connections.get(a.connection());
        if (connection != null) {
          connection.whenWritable(
              () -> events.accept(new BgpEvent.TransportWritable(a.connection())));
        }
      }
      case BgpAction.CloseTransport a -> {
        SimulatedTcp.Connection connection = connections.remove(a.connection());
        if (connection != null) {
          connection.close();
        }
      }
      case BgpAction.UpdateRoutes a -> throw new IllegalStateException("for the engine");
      case BgpAction.TrackNextHop a -> throw new IllegalStateException("for the engine");
      case BgpAction.UntrackNextHop a -> throw new IllegalStateException("for the engine");
      case BgpAction.WatchNeighbor a -> throw new IllegalStateException("for the engine");
      case BgpAction.UnwatchNeighbor a -> throw new IllegalStateException("for the engine");
      case BgpAction.Report a -> throw new IllegalStateException("for the engine");
    }
  }

  private SimulatedTcp.@Nullable Handler accept(SimulatedTcp.Connection connection) {
    IpAddress remote = connection.remote().address();
    boolean welcome =
        listening.addresses().contains(connection.local().address())
            && listening.listenerFor(remote) != null;
    if (!welcome) {
      return null;
    }
    ConnectionId id = new ConnectionId(nextIncoming--);
    connections.put(id, connection);
    return new Reader(id, true);
  }

  void abort() {
    connections.clear();
    tcp.abortAll();
  }

  /** Cuts the stream into messages and tells the engine. */
  private final class Reader implements SimulatedTcp.Handler {
    private final ConnectionId id;
    private final boolean incoming;
    private final BgpFramer framer = new BgpFramer();
    private boolean opened;

    Reader(ConnectionId id, boolean incoming) {
      this.id = id;
      this.incoming = incoming;
    }

    @Override
    public void opened(Endpoint local, Endpoint remote) {
      opened = true;
      events.accept(new BgpEvent.TransportOpened(id, local, remote, incoming));
    }

    @Override
    public void received(Octets chunk) {
      framer
          .feed(chunk)
          .forEach(framed -> events.accept(new BgpEvent.MessageReceived(id, framed.octets())));
    }

    @Override
    public void closed(String reason) {
      if (connections.remove(id) == null) {
        return;
      }
      if (opened) {
        events.accept(new BgpEvent.TransportClosed(id, reason));
      } else if (!incoming) {
        events.accept(new BgpEvent.TransportFailed(id, reason));
      }
    }
  }
}
