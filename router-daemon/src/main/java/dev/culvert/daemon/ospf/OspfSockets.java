package dev.culvert.daemon.ospf;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.InterfaceInbox;
import dev.culvert.engine.RouterAction;
import dev.culvert.engine.RouterEngine;
import dev.culvert.engine.RouterEvent;
import dev.culvert.ospf.OspfAction;
import dev.culvert.ospf.operational.OspfStatistics;
import dev.culvert.tun.RawOspfSocket;
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

/** OSPF's raw sockets, one an interface. Confined to the routing thread. */
public final class OspfSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OspfSockets.class);
  private static final Ipv4Address ALL_SPF_ROUTERS = Ipv4Address.of("224.0.0.5");
  private static final Ipv4Address ALL_D_ROUTERS = Ipv4Address.of("224.0.0.6");
  private static final int PACKETS_AT_ONCE = 16;

  /** That wait, of an interface: more than a neighbor sends while its database is exchanged. */
  private static final int MOST_PACKETS = 1024;

  /** Likewise. */
  private static final int MOST_OCTETS = 1 << 20;

  /** Opens a socket of an interface. */
  @FunctionalInterface
  interface Opener {
    RawOspfSocket open(InterfaceName name) throws SystemCallException;
  }

  private final EngineThread<RouterEngine, RouterEvent, RouterAction> thread;
  private final Consumer<? super Notice> notices;
  private final Refusals refusals;
  private final Opener opener;
  private final InterfaceInbox<RouterEvent.OspfPacketReceived> inbox =
      new InterfaceInbox<>(
          RouterEvent.OspfPacketReceived::in,
          RouterEvent.OspfPacketReceived::payload,
          MOST_PACKETS,
          MOST_OCTETS);

  /** A task that takes from the inbox is queued. */
  private boolean taking;

  private final SortedMap<InterfaceName, RawOspfSocket> sockets = new TreeMap<>();
  private final SortedSet<InterfaceName> wanted = new TreeSet<>();
  private final SortedSet<InterfaceName> designated = new TreeSet<>();

  /** To be tried again. */
  private final SortedSet<InterfaceName> waiting = new TreeSet<>();

  public OspfSockets(
      EngineThread<RouterEngine, RouterEvent, RouterAction> thread,
      Consumer<? super Notice> notices,
      Refusals refusals) {
    this(thread, notices, refusals, RawOspfSocket::open);
  }

  OspfSockets(
      EngineThread<RouterEngine, RouterEvent, RouterAction> thread,
      Consumer<? super Notice> notices,
      Refusals refusals,
      Opener opener) {
    this.thread = thread;
    this.notices = notices;
    this.refusals = refusals;
    this.opener = opener;
  }

  public void perform(OspfAction action) {
    switch (action) {
      case OspfAction.OpenInterface a -> {
        wanted.add(a.name());
        open(a.name());
      }
      case OspfAction.CloseInterface a -> {
        wanted.remove(a.name());
        designated.remove(a.name());
        refusals.mended(a.name());
        close(a.name());
      }
      case OspfAction.JoinAllDRouters a -> {
        designated.add(a.name());
        membership(a.name(), true);
      }
      case OspfAction.LeaveAllDRouters a -> {
        designated.remove(a.name());
        membership(a.name(), false);
      }
      case OspfAction.SendPacket a -> {
        RawOspfSocket socket = sockets.get(a.out());
        if (socket != null) {
          socket.send(a.destination(), a.source(), a.payload());
        }
      }
      case OspfAction.UpdateRoutes a -> throw new IllegalStateException("for the engine");
      case OspfAction.WatchNeighbor a -> throw new IllegalStateException("for the engine");
      case OspfAction.UnwatchNeighbor a -> throw new IllegalStateException("for the engine");
      case OspfAction.Report a -> throw new IllegalStateException("for the engine");
    }
  }

  /** Tried again while the interface is wanted and the kernel refuses. */
  private void open(InterfaceName name) {
    if (!wanted.contains(name) || sockets.containsKey(name)) {
      return;
    }
    try {
      RawOspfSocket socket = opener.open(name);
      try {
        socket.join(ALL_SPF_ROUTERS);
        if (designated.contains(name)) {
          socket.join(ALL_D_ROUTERS);
        }
        thread.watch(socket, () -> receive(socket));
      } catch (SystemCallException | RuntimeException e) {
        socket.close();
        throw e;
      }
      sockets.put(name, socket);
      if (refusals.mended(name)) {
        LOG.info("OSPF_SOCKET_OPENED interface={}", name);
      }
    } catch (SystemCallException e) {
      refused(name, e);
    }
  }

  private void refused(InterfaceName name, SystemCallException e) {
    Refusals.Refusal refusal = refusals.refused(name, e.getMessage());
    if (refusal.isNews()) {
      LOG.error("OSPF_SOCKET_FAILED interface={} reason={}", name, e.getMessage());
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

  private void receive(RawOspfSocket socket) {
    socket.receive(packet -> {
      boolean taken =
          inbox.offer(
              new RouterEvent.OspfPacketReceived(
                  socket.interfaceName(), packet.source(), packet.destination(), packet.payload()));
      if (!taken) {
        notices.accept(
            Notice.limited(
                Notice.Level.WARN, "OSPF_PACKETS_REFUSED", "interface", socket.interfaceName()));
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
    for (int i = 0; i < PACKETS_AT_ONCE; i++) {
      RouterEvent.OspfPacketReceived packet = inbox.take();
      if (packet == null) {
        return;
      }
      thread.deliver(packet);
    }
    takeLater();
  }

  /** With the packets that found no room here. On the routing thread. */
  public OspfStatistics complete(OspfStatistics ofEngine) {
    return inbox.refused() == 0
        ? ofEngine
        : ofEngine.withReceiveError("queue full", inbox.refused());
  }

  /** A socket that is in the wrong groups is made again. */
  private void membership(InterfaceName name, boolean join) {
    RawOspfSocket socket = sockets.get(name);
    if (socket == null) {
      return;
    }
    try {
      if (join) {
        socket.join(ALL_D_ROUTERS);
      } else {
        socket.leave(ALL_D_ROUTERS);
      }
    } catch (SystemCallException e) {
      close(name);
      refused(name, e);
    }
  }

  private void close(InterfaceName name) {
    RawOspfSocket socket = sockets.remove(name);
    if (socket != null) {
      thread.unwatch(socket);
      socket.close();
      inbox.forget(name);
    }
  }

  @Override
  public void close() {
    sockets.values().forEach(RawOspfSocket::close);
    sockets.clear();
  }
}
