package dev.culvert.daemon.io;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEngine;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.tun.BfdSocket;
import dev.culvert.tun.BfdTransmitter;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.ThreadPriority;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** BFD on its own thread with its sockets: a busy RIB never delays a packet. */
final class BfdRim implements EngineThread.Rim<BfdEvent, BfdAction>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BfdRim.class);

  private record Listening(InterfaceName name, AddressFamily family) {}

  private record Path(InterfaceName name, IpAddress source, IpAddress destination) {}

  private final EngineThread<BfdEngine, BfdEvent, BfdAction> thread;
  private final NoticeLog notices;
  private final BiConsumer<LivenessTarget, Boolean> liveness;
  private final Map<Listening, BfdSocket> sockets = new LinkedHashMap<>();
  private final Map<Path, BfdTransmitter> transmitters = new LinkedHashMap<>();
  private final Faults faults;

  /**
   * What routing wants watched, and what it last heard to be up: for a fresh engine, and for it.
   */
  private final Map<LivenessTarget, BfdEvent.SessionConfigured> watched = new LinkedHashMap<>();

  private final Set<LivenessTarget> up = new LinkedHashSet<>();
  private volatile List<InterfaceState> interfaces = List.of();

  /**
   * @param liveness told on the BFD thread of a target that came up, or whose path failed
   */
  BfdRim(
      RandomGenerator random,
      InstantSource clock,
      NoticeLog notices,
      BiConsumer<LivenessTarget, Boolean> liveness,
      Faults faults)
      throws IOException {
    this(random, clock, notices, liveness, faults, engine -> engine);
  }

  /** With something between this and the engine, that may break it. */
  BfdRim(
      RandomGenerator random,
      InstantSource clock,
      NoticeLog notices,
      BiConsumer<LivenessTarget, Boolean> liveness,
      Faults faults,
      UnaryOperator<ProtocolEngine<BfdEvent, BfdAction>> access)
      throws IOException {
    this.notices = notices;
    this.liveness = liveness;
    this.faults = faults;
    this.thread =
        new EngineThread<>(
            "bfd",
            new InstanceBarrier<>(
                "bfd",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::bfd),
                () -> new BfdEngine(random),
                access),
            EpollPoller.open(),
            clock,
            this,
            faults::fatal);
    thread.run(() -> {
      if (!ThreadPriority.realTime()) {
        LOG.warn("BFD_NOT_REAL_TIME reason=\"CAP_SYS_NICE is missing\"");
      }
    });
  }

  EngineThread<BfdEngine, BfdEvent, BfdAction> thread() {
    return thread;
  }

  /** Addresses to send from. Safe from any thread. */
  void interfacesChanged(List<InterfaceState> states) {
    interfaces = states;
  }

  @Override
  public void heard(BfdEvent event) {
    switch (event) {
      case BfdEvent.SessionConfigured e -> watched.put(e.target(), e);
      case BfdEvent.SessionRemoved e -> {
        watched.remove(e.target());
        up.remove(e.target());
      }
      case BfdEvent.PacketReceived e -> {}
      case BfdEvent.ShutDown e -> thread.stayDown();
    }
  }

  /**
   * The peers hear nothing more and call their paths down, so we do: a path that dies while nobody
   * watches would otherwise be trusted forever.
   */
  @Override
  public void failed(InstanceFault fault) {
    sockets.values().forEach(thread::unwatch);
    closeAll();
    up.forEach(target -> liveness.accept(target, false));
    up.clear();
    faults.save(fault);
  }

  @Override
  public List<BfdEvent> briefing() {
    return List.copyOf(watched.values());
  }

  @Override
  public void perform(BfdAction action) {
    switch (action) {
      case BfdAction.OpenInterface a -> open(new Listening(a.interfaceName(), a.family()));
      case BfdAction.CloseInterface a -> close(new Listening(a.interfaceName(), a.family()));
      case BfdAction.SendPacket a -> send(a);
      case BfdAction.StateChanged a -> stateChanged(a);
      case BfdAction.Report a -> notices.write(a.notice());
    }
  }

  private void stateChanged(BfdAction.StateChanged change) {
    if (change.to() == BfdState.UP) {
      up.add(change.target());
      liveness.accept(change.target(), true);
      return;
    }
    up.remove(change.target());
    if (change.isDeliberate()) {
      liveness.accept(change.target(), true);
    } else if (change.isFailure()) {
      liveness.accept(change.target(), false);
    }
  }

  private @Nullable BfdSocket open(Listening listening) {
    BfdSocket known = sockets.get(listening);
    if (known != null) {
      return known;
    }
    try {
      BfdSocket socket = BfdSocket.open(listening.name(), listening.family());
      sockets.put(listening, socket);
      thread.watch(socket, () -> receive(socket));
      return socket;
    } catch (SystemCallException e) {
      LOG.error("BFD_SOCKET_FAILED interface={} reason={}", listening.name(), e.getMessage());
      return null;
    }
  }

  private void receive(BfdSocket socket) {
    socket.receive(packet ->
        thread.submit(
            new BfdEvent.PacketReceived(
                socket.interfaceName(),
                packet.source().address(),
                packet.destination(),
                packet.ttl(),
                packet.payload())));
  }

  private void close(Listening listening) {
    BfdSocket socket = sockets.remove(listening);
    if (socket != null) {
      thread.unwatch(socket);
      socket.close();
    }
    transmitters
        .entrySet()
        .removeIf(entry -> {
          Path path = entry.getKey();
          boolean gone =
              path.name().equals(listening.name())
                  && path.destination().family() == listening.family();
          if (gone) {
            entry.getValue().close();
          }
          return gone;
        });
  }

  private void send(BfdAction.SendPacket packet) {
    IpAddress source = packet.source();
    if (source == null) {
      source = primary(packet.out(), packet.destination().family());
    }
    // Without an address of ours there is nothing to send from: silence is the right signal.
    if (source == null) {
      return;
    }
    BfdTransmitter transmitter = transmitter(new Path(packet.out(), source, packet.destination()));
    if (transmitter != null) {
      transmitter.send(packet.destination(), packet.payload());
    }
  }

  private @Nullable BfdTransmitter transmitter(Path path) {
    BfdTransmitter known = transmitters.get(path);
    if (known != null) {
      return known;
    }
    try {
      BfdTransmitter opened = BfdTransmitter.open(path.name(), path.source());
      transmitters.put(path, opened);
      return opened;
    } catch (SystemCallException e) {
      LOG.warn(
          "BFD_TRANSMIT_FAILED interface={} source={} reason={}",
          path.name(),
          path.source(),
          e.getMessage());
      return null;
    }
  }

  private @Nullable IpAddress primary(InterfaceName name, AddressFamily family) {
    for (InterfaceState state : interfaces) {
      if (state.name().equals(name)) {
        return state.primary(family).map(InterfaceAddress::address).orElse(null);
      }
    }
    return null;
  }

  @Override
  public void close() {
    thread.close();
    closeAll();
  }

  private void closeAll() {
    sockets.values().forEach(BfdSocket::close);
    sockets.clear();
    transmitters.values().forEach(BfdTransmitter::close);
    transmitters.clear();
  }
}
