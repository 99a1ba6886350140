package dev.culvert.daemon.io;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEngine;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.daemon.io.BfdSockets.Listening;
import dev.culvert.daemon.io.BfdSockets.Path;
import dev.culvert.tun.BfdSocket;
import dev.culvert.tun.BfdTransmitter;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.ThreadPriority;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** BFD on its own thread with its sockets: a busy RIB never delays a packet. */
final class BfdRim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BfdRim.class);
  private static final Executor RETRY = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

  private final BfdEngine engine;
  private final EngineThread<BfdEvent, BfdAction> thread;
  private final NoticeLog notices;
  private final BiConsumer<LivenessTarget, Boolean> liveness;
  private final BfdSockets<BfdSocket, BfdTransmitter> sockets = new BfdSockets<>(new Sockets());

  /**
   * @param liveness told on the BFD thread of a target that came up, or whose path failed
   */
  BfdRim(
      RandomGenerator random,
      InstantSource clock,
      NoticeLog notices,
      BiConsumer<LivenessTarget, Boolean> liveness)
      throws IOException {
    this.engine = new BfdEngine(random);
    this.notices = notices;
    this.liveness = liveness;
    this.thread = new EngineThread<>("bfd", engine, EpollPoller.open(), clock, this::perform);
    thread.run(() -> {
      if (!ThreadPriority.realTime()) {
        LOG.warn("BFD_NOT_REAL_TIME reason=\"CAP_SYS_NICE is missing\"");
      }
    });
  }

  BfdEngine engine() {
    return engine;
  }

  EngineThread<BfdEvent, BfdAction> thread() {
    return thread;
  }

  /** Devices to bind to, addresses to send from. Safe from any thread. */
  void interfacesChanged(List<InterfaceState> states) {
    thread.run(() -> sockets.interfacesChanged(states));
  }

  private void perform(BfdAction action) {
    switch (action) {
      case BfdAction.OpenInterface a -> sockets.want(new Listening(a.interfaceName(), a.family()));
      case BfdAction.CloseInterface a ->
          sockets.unwant(new Listening(a.interfaceName(), a.family()));
      case BfdAction.SendPacket a -> send(a);
      case BfdAction.StateChanged a -> stateChanged(a);
      case BfdAction.Report a -> notices.write(a.notice());
    }
  }

  private void stateChanged(BfdAction.StateChanged change) {
    if (change.to() == BfdState.UP) {
      liveness.accept(change.target(), true);
    } else if (change.isFailure()) {
      liveness.accept(change.target(), false);
    }
  }

  private void receive(BfdSocket socket) {
    socket.receive(packet ->
        thread.offerEvent(
            new BfdEvent.PacketReceived(
                socket.interfaceName(),
                packet.source().address(),
                packet.destination(),
                packet.ttl(),
                packet.payload())));
  }

  private void send(BfdAction.SendPacket packet) {
    BfdTransmitter transmitter =
        sockets.transmitter(packet.out(), packet.source(), packet.destination());
    if (transmitter != null) {
      transmitter.send(packet.destination(), packet.payload());
    }
  }

  private final class Sockets implements BfdSockets.Opener<BfdSocket, BfdTransmitter> {
    private boolean waiting;

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
    public void tryAgainLater() {
      if (!waiting) {
        waiting = true;
        RETRY.execute(() -> thread.run(this::tryAgain));
      }
    }

    private void tryAgain() {
      waiting = false;
      sockets.tryAgain();
    }
  }

  @Override
  public void close() {
    thread.run(sockets::close);
    thread.close();
  }
}
