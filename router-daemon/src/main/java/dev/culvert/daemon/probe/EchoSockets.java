package dev.culvert.daemon.probe;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.core.probe.EchoRequest;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.PollingThread;
import dev.culvert.tun.EchoSocket;
import dev.culvert.tun.sys.InterfaceRequest;
import dev.culvert.tun.sys.SystemCallException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of echo requests, one for each way and family, opened by the first request that goes
 * that way and whenever the device is another. Confined to the thread it is given.
 */
final class EchoSockets {
  private static final Logger LOG = LoggerFactory.getLogger(EchoSockets.class);

  private record Way(@Nullable InterfaceName out, AddressFamily family) {
    @Override
    public String toString() {
      return (out == null ? "all interfaces" : out)
          + (family == AddressFamily.INET ? "" : " (IPv6)");
    }
  }

  private final PollingThread thread;
  private final Refusals refusals;
  private final BiConsumer<@Nullable InterfaceName, EchoReply> replies;
  private final Map<Way, EchoSocket> sockets = new LinkedHashMap<>();

  /**
   * @param replies told of what arrives, with the interface of a socket that is bound to one
   */
  EchoSockets(
      PollingThread thread,
      Refusals refusals,
      BiConsumer<@Nullable InterfaceName, EchoReply> replies) {
    this.thread = thread;
    this.refusals = refusals;
    this.replies = replies;
  }

  /** Sends it if it can be sent: whoever asked hears of it by the silence that follows. */
  void send(EchoRequest request) {
    Way way = new Way(request.out(), request.destination().family());
    EchoSocket socket = current(way);
    if (socket != null) {
      socket.send(request);
    }
  }

  /** A device that was made again has another index, and nothing of it comes to the old socket. */
  private @Nullable EchoSocket current(Way way) {
    try {
      InterfaceName out = way.out();
      EchoSocket open = sockets.get(way);
      int index = out == null ? 0 : InterfaceRequest.interfaceIndex(out.device());
      if (open != null && open.interfaceIndex() == index) {
        return open;
      }
      close(way);
      EchoSocket socket = EchoSocket.open(out, way.family());
      sockets.put(way, socket);
      thread.watch(socket, () -> socket.receive(reply -> replies.accept(out, reply)));
      if (refusals.mended(way)) {
        LOG.info("ECHO_SOCKET_OPENED interface={}", way);
      }
      return socket;
    } catch (SystemCallException e) {
      close(way);
      if (refusals.refused(way, e.getMessage()).isNews()) {
        LOG.error("ECHO_SOCKET_FAILED interface={} reason={}", way, e.getMessage());
      }
      return null;
    }
  }

  /** Closes what goes another way than those. */
  void keepOnly(Set<InterfaceName> wanted) {
    for (Way way : Set.copyOf(sockets.keySet())) {
      if (way.out() != null && !wanted.contains(way.out())) {
        close(way);
        refusals.mended(way);
      }
    }
  }

  private void close(Way way) {
    EchoSocket socket = sockets.remove(way);
    if (socket != null) {
      thread.unwatch(socket);
      socket.close();
    }
  }

  void close() {
    Set.copyOf(sockets.keySet()).forEach(this::close);
  }
}
