package dev.culvert.daemon.bfd;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEngine;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.bfd.BfdSockets.Listening;
import dev.culvert.daemon.bfd.BfdSockets.Path;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.problem.Refusals;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.NanoClock;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.tun.BfdSocket;
import dev.culvert.tun.BfdSocket.BfdDatagram;
import dev.culvert.tun.BfdTransmitter;
import dev.culvert.tun.PromptPoller;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** BFD on its own thread with its sockets: a busy RIB never delays a packet. */
public final class BfdRim implements EngineThread.Rim<BfdEvent, BfdAction>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BfdRim.class);

  /** Readings of a socket that is to be empty; each takes up to 256 packets. */
  private static final int MOST_TURNS = 16;

  private final BfdThread thread;
  private final NanoClock clock;
  private final Consumer<Notice> notices;
  private final BiConsumer<LivenessTarget, Boolean> liveness;
  private final BfdSockets<BfdSocket, BfdTransmitter> sockets;
  private final Faults faults;

  /** The instant that packets under way from a socket to the engine are taken to arrive at. */
  private long arrival;

  private final BfdSocket.Arrivals arrivals = this::arrived;
  private final byte[] received = new byte[ControlPacket.LENGTH];
  private final byte[] sent = new byte[ControlPacket.LENGTH];

  /**
   * What routing wants watched, and what it last heard to be up: for a fresh engine, and for it.
   */
  private final Map<LivenessTarget, BfdEvent.SessionConfigured> watched = new LinkedHashMap<>();

  private final Set<LivenessTarget> up = new LinkedHashSet<>();

  private volatile boolean isWatching;

  /**
   * @param notices takes them on the BFD thread, and must not make it wait
   * @param liveness told on the BFD thread of a target that came up, or whose path failed
   */
  public BfdRim(
      RandomGenerator random,
      InstantSource clock,
      Consumer<Notice> notices,
      BiConsumer<LivenessTarget, Boolean> liveness,
      Refusals refusals,
      Faults faults)
      throws IOException {
    this(random, clock, notices, liveness, refusals, faults, engine -> engine);
  }

  /** With something between this and the engine, that may break it. */
  public BfdRim(
      RandomGenerator random,
      InstantSource clock,
      Consumer<Notice> notices,
      BiConsumer<LivenessTarget, Boolean> liveness,
      Refusals refusals,
      Faults faults,
      UnaryOperator<ProtocolEngine<BfdEvent, BfdAction>> access)
      throws IOException {
    this.clock = NanoClock.of(clock);
    this.notices = notices;
    this.liveness = liveness;
    this.sockets = new BfdSockets<>(new Sockets(), refusals);
    this.faults = faults;
    PromptPoller poller = PromptPoller.open();
    this.thread =
        new BfdThread(
            new InstanceBarrier<>(
                "bfd",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::bfd),
                () -> new BfdEngine(random),
                access),
            poller,
            this.clock,
            this,
            this::receiveAll,
            faults::fatal);
    thread.run(() -> {
      if (!poller.isPrompt()) {
        LOG.warn("BFD_NOT_REAL_TIME reason=\"CAP_SYS_NICE is missing\"");
      }
    });
  }

  public EngineThread<BfdEngine, BfdEvent, BfdAction> thread() {
    return thread;
  }

  /** Whether any path is to be watched. Safe from any thread. */
  public boolean isWatching() {
    return isWatching;
  }

  /** Devices to bind to, addresses to send from. Safe from any thread. */
  public void interfacesChanged(List<InterfaceState> states) {
    thread.run(() -> sockets.interfacesChanged(states));
  }

  @Override
  public void heard(BfdEvent event) {
    switch (event) {
      case BfdEvent.SessionConfigured e -> {
        watched.put(e.target(), e);
        isWatching = true;
      }
      case BfdEvent.SessionRemoved e -> {
        watched.remove(e.target());
        up.remove(e.target());
        isWatching = !watched.isEmpty();
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
    sockets.unwantAll();
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
      case BfdAction.OpenInterface a -> sockets.want(new Listening(a.interfaceName(), a.family()));
      case BfdAction.CloseInterface a ->
          sockets.unwant(new Listening(a.interfaceName(), a.family()));
      case BfdAction.SendPacket a -> send(a);
      case BfdAction.StateChanged a -> stateChanged(a);
      case BfdAction.Report a -> notices.accept(a.notice());
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

  /** All that waits in any socket. */
  private void receiveAll(long now) {
    arrival = now;
    sockets.forEachListener(this::receiveAll);
  }

  /** More than the kernel keeps for a socket is not there, unless it comes as fast as we read. */
  private void receiveAll(BfdSocket socket) {
    for (int turns = 0; turns < MOST_TURNS && socket.receive(arrivals); turns++) {}
  }

  private void receive(BfdSocket socket) {
    arrival = clock.nanos();
    socket.receive(arrivals);
  }

  private void arrived(BfdSocket socket, int slot) {
    socket.copyTo(slot, received);
    boolean repeats =
        thread.repeats(
            socket.interfaceName(),
            socket.sourceHigh(slot),
            socket.sourceLow(slot),
            socket.ttl(slot),
            received,
            socket.length(slot),
            arrival);
    if (!repeats) {
      BfdDatagram packet = socket.datagram(slot);
      thread.take(
          new BfdEvent.PacketReceived(
              socket.interfaceName(),
              packet.source().address(),
              packet.destination(),
              packet.ttl(),
              packet.payload()),
          NanoClock.instant(arrival));
    }
  }

  private void send(BfdAction.SendPacket packet) {
    BfdTransmitter transmitter =
        sockets.transmitter(packet.out(), packet.source(), packet.destination());
    if (transmitter != null) {
      packet.payload().copyTo(sent, 0);
      transmitter.send(packet.destination(), sent, packet.payload().length());
    }
  }

  private final class Sockets implements BfdSockets.Opener<BfdSocket, BfdTransmitter> {
    @Override
    public BfdSocket listen(Listening listening) throws IOException {
      BfdSocket socket = BfdSocket.open(listening.name(), listening.family());
      thread.watch(socket, () -> receive(socket));
      return socket;
    }

    @Override
    public void closeListener(BfdSocket socket) {
      thread.unwatch(socket);
      socket.close();
    }

    @Override
    public BfdTransmitter transmitter(Path path) throws IOException {
      return BfdTransmitter.open(path.name(), path.source());
    }

    @Override
    public void closeTransmitter(BfdTransmitter transmitter) {
      transmitter.close();
    }

    @Override
    public void later(Duration pause, Runnable task) {
      CompletableFuture.delayedExecutor(pause.toSeconds(), TimeUnit.SECONDS)
          .execute(() -> thread.run(task));
    }
  }

  @Override
  public void close() {
    thread.run(sockets::close);
    thread.close();
  }
}
