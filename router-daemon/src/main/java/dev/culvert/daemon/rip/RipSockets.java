package dev.culvert.daemon.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.InterfaceInbox;
import dev.culvert.engine.RouterAction;
import dev.culvert.engine.RouterEngine;
import dev.culvert.engine.RouterEvent;
import dev.culvert.rip.RipAction;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.tun.RipSocket;
import dev.culvert.tun.sys.SystemCallException;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The UDP sockets of RIP or of RIPng, one an interface. Confined to the routing thread. */
public final class RipSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RipSockets.class);
  private static final int DATAGRAMS_AT_ONCE = 16;

  /** That wait, of an interface: an update of ten thousand routes. */
  private static final int MOST_DATAGRAMS = 512;

  /** Likewise. */
  private static final int MOST_OCTETS = 1 << 19;

  private final RipFlavor flavor;
  private final EngineThread<RouterEngine, RouterEvent, RouterAction> thread;
  private final Consumer<? super Notice> notices;
  private final Refusals refusals;
  private final InterfaceInbox<RouterEvent.RipDatagramReceived> inbox =
      new InterfaceInbox<>(
          RouterEvent.RipDatagramReceived::in,
          RouterEvent.RipDatagramReceived::payload,
          MOST_DATAGRAMS,
          MOST_OCTETS);

  /** A task that takes from the inbox is queued. */
  private boolean taking;

  private final SortedMap<InterfaceName, RipSocket> sockets = new TreeMap<>();
  private final SortedSet<InterfaceName> wanted = new TreeSet<>();

  /** To be tried again. */
  private final SortedSet<InterfaceName> waiting = new TreeSet<>();

  public RipSockets(
      RipFlavor flavor,
      EngineThread<RouterEngine, RouterEvent, RouterAction> thread,
      Consumer<? super Notice> notices,
      Refusals refusals) {
    this.flavor = flavor;
    this.thread = thread;
    this.notices = notices;
    this.refusals = refusals;
  }

  public void perform(RipAction action) {
    switch (action) {
      case RipAction.OpenInterface a -> {
        wanted.add(a.name());
        open(a.name());
      }
      case RipAction.CloseInterface a -> {
        wanted.remove(a.name());
        refusals.mended(a.name());
        close(a.name());
      }
      case RipAction.SendDatagram a -> {
        RipSocket socket = sockets.get(a.out());
        if (socket != null) {
          socket.send(a.destination(), a.destinationPort(), a.source(), a.payload());
        }
      }
      case RipAction.UpdateRoutes a -> throw new IllegalStateException("for the engine");
      case RipAction.WatchNeighbor a -> throw new IllegalStateException("for the engine");
      case RipAction.UnwatchNeighbor a -> throw new IllegalStateException("for the engine");
      case RipAction.Report a -> throw new IllegalStateException("for the engine");
    }
  }

  /** Tried again while the interface is wanted and the kernel refuses. */
  private void open(InterfaceName name) {
    if (!wanted.contains(name) || sockets.containsKey(name)) {
      return;
    }
    try {
      RipSocket socket = RipSocket.open(name, flavor.port(), flavor.group());
      try {
        thread.watch(socket, () -> receive(socket));
      } catch (RuntimeException e) {
        socket.close();
        throw e;
      }
      sockets.put(name, socket);
      if (refusals.mended(name)) {
        LOG.info("{}_SOCKET_OPENED interface={}", flavor.tag(), name);
      }
    } catch (SystemCallException e) {
      refused(name, e);
    }
  }

  private void refused(InterfaceName name, SystemCallException e) {
    Refusals.Refusal refusal = refusals.refused(name, e.getMessage());
    if (refusal.isNews()) {
      LOG.error("{}_SOCKET_FAILED interface={} reason={}", flavor.tag(), name, e.getMessage());
    }
    if (waiting.add(name)) {
      CompletableFuture.delayedExecutor(refusal.pause().toSeconds(), TimeUnit.SECONDS)
          .execute(() ->
              thread.run(() -> {
                waiting.remove(name);
                open(name);
              }));
    }
  }

  private void receive(RipSocket socket) {
    socket.receive(datagram -> {
      boolean taken =
          inbox.offer(
              new RouterEvent.RipDatagramReceived(
                  flavor,
                  socket.interfaceName(),
                  datagram.source(),
                  datagram.sourcePort(),
                  datagram.hopLimit(),
                  datagram.payload()));
      if (!taken) {
        notices.accept(
            Notice.limited(
                Notice.Level.WARN,
                flavor.tag() + "_DATAGRAMS_REFUSED",
                "interface",
                socket.interfaceName()));
      }
    });
    takeLater();
  }

  private void takeLater() {
    if (!taking && !inbox.isEmpty()) {
      taking = true;
      thread.run(this::takeSome);
    }
  }

  /** A few, so that other work of the thread has its turn in a flood. */
  private void takeSome() {
    taking = false;
    for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
      RouterEvent.RipDatagramReceived datagram = inbox.take();
      if (datagram == null) {
        return;
      }
      thread.deliver(datagram);
    }
    takeLater();
  }

  /** Datagrams that found no room. On the routing thread. */
  public long refusedDatagrams() {
    return inbox.refused();
  }

  private void close(InterfaceName name) {
    RipSocket socket = sockets.remove(name);
    if (socket != null) {
      thread.unwatch(socket);
      socket.close();
      inbox.forget(name);
    }
  }

  @Override
  public void close() {
    sockets.values().forEach(RipSocket::close);
    sockets.clear();
  }
}
