package dev.culvert.daemon.process;

import ch.qos.logback.classic.LoggerContext;
import dev.culvert.bgp.BgpAction;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.bfd.BfdRim;
import dev.culvert.daemon.bgp.BgpTransport;
import dev.culvert.daemon.command.Commands;
import dev.culvert.daemon.configuration.ConfigurationStore;
import dev.culvert.daemon.control.ControlServer;
import dev.culvert.daemon.control.OperatorCommands;
import dev.culvert.daemon.fault.FaultFiles;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.firewall.FirewallRim;
import dev.culvert.daemon.firewall.SystemResolver;
import dev.culvert.daemon.flow.SessionLogRim;
import dev.culvert.daemon.ike.CrashSecretFile;
import dev.culvert.daemon.ike.IkeRim;
import dev.culvert.daemon.kernel.FibLatency;
import dev.culvert.daemon.kernel.KernelRim;
import dev.culvert.daemon.log.NoticeLog;
import dev.culvert.daemon.metrics.MetricsServer;
import dev.culvert.daemon.metrics.RouterMetrics;
import dev.culvert.daemon.ospf.OspfSockets;
import dev.culvert.daemon.probe.MonitorRim;
import dev.culvert.daemon.probe.RpmRim;
import dev.culvert.daemon.problem.Problems;
import dev.culvert.daemon.rip.RipSockets;
import dev.culvert.daemon.thread.Closing;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.daemon.thread.EventLoop;
import dev.culvert.daemon.thread.MonotonicClock;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.RouterAction;
import dev.culvert.engine.RouterEngine;
import dev.culvert.engine.RouterEvent;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.ThreadPriority;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One router in this process and network namespace: the engines on their threads, the rims around
 * them, started and stopped in order.
 */
public final class RouterProcess implements AutoCloseable, ConfigurationStore.Router {
  private static final Logger LOG = LoggerFactory.getLogger(RouterProcess.class);

  private static final long STOP_PATIENCE_SECONDS = 5;

  /** Where the router is in its life. */
  public enum Phase {
    STARTING,
    READY,
    STOPPING
  }

  private final MonotonicClock clock = new MonotonicClock();
  private final Problems problems = new Problems();
  private final NoticeLog notices = new NoticeLog(clock);
  private final Instant started = clock.instant();
  private final Faults faults;
  private final EngineThread<RouterEngine, RouterEvent, RouterAction> routing;
  private final BfdRim bfd;
  private final IkeRim ike;
  private final MonitorRim monitor;
  private final RpmRim rpm;
  private final KernelRim kernel;
  private final FirewallRim firewall;
  private final SessionLogRim sessionLog;
  private final OspfSockets ospfSockets;
  private final RipSockets ripSockets;
  private final RipSockets ripngSockets;
  private final EventLoop netty = new EventLoop();
  private final BgpTransport bgpTransport;
  private final MetricsServer metricsServer;
  private final FibLatency fibLatency = new FibLatency();
  private final CountDownLatch ready = new CountDownLatch(1);
  private @Nullable ControlServer control;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.STARTING);

  private final ConfigurationLoader configuration;
  private volatile RouterConfig committed;

  /**
   * Builds the router; nothing runs yet.
   *
   * @param configuration reads the file again when an operator asks for it
   * @param stateDirectory where faults are kept, and what outlives a restart
   * @throws IOException if the kernel refuses a socket: the process lacks privileges
   */
  public RouterProcess(RouterConfig initial, ConfigurationLoader configuration, Path stateDirectory)
      throws IOException {
    committed = initial;
    this.configuration = configuration;
    SecureRandom random = new SecureRandom();
    faults = new Faults(new FaultFiles(stateDirectory, Version.text()), RouterProcess::halt);
    routing =
        new EngineThread<>(
            "routing",
            new InstanceBarrier<>(
                "routing",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::router),
                () -> new RouterEngine(random, System::nanoTime, FaultPolicy.RESTART)),
            EpollPoller.open(),
            clock,
            new RoutingRim(),
            faults::fatal);
    int queues = ForwardingQueues.of(initial);
    bfd =
        new BfdRim(
            random,
            clock,
            this::writeLater,
            this::livenessChanged,
            problems.of("bfd", "BFD port at"),
            faults);
    ike =
        new IkeRim(
            random,
            queues,
            new CrashSecretFile(stateDirectory).readOrMake(random),
            clock,
            notices,
            listener -> new IpsecDataPath(LibCryptoAeadProvider.best(), listener, queues),
            new TunnelEvents(),
            faults);
    monitor =
        new MonitorRim(
            random,
            clock,
            ike.dataPath()::inboundPackets,
            new MonitorEvents(),
            problems.of("monitor", "VPN monitor socket on"),
            faults);
    rpm =
        new RpmRim(
            random,
            clock,
            (test, failed) -> routing.submit(new RouterEvent.RpmTestChanged(test, failed)),
            this::writeLater,
            problems.of("rpm", "RPM socket on"),
            faults);
    kernel = new KernelRim(clock, ike.dataPath(), new KernelEvents(), notices::write, faults);
    sessionLog = new SessionLogRim(clock, notices::write, faults);
    firewall =
        new FirewallRim(
            // Schedulers mean the clock on the wall, also when somebody sets it.
            InstantSource.system(),
            ZoneId.systemDefault(),
            new SystemResolver(),
            notices::write,
            sessionLog::configure,
            faults);
    ripSockets =
        new RipSockets(RipFlavor.RIP, routing, notices::write, problems.of("rip", "RIP socket on"));
    ripngSockets =
        new RipSockets(
            RipFlavor.RIPNG, routing, notices::write, problems.of("ripng", "RIPng socket on"));
    ospfSockets = new OspfSockets(routing, notices::write, problems.of("ospf", "OSPF socket on"));
    bgpTransport =
        new BgpTransport(
            netty::group,
            event -> routing.submit(new RouterEvent.BgpTransport(event)),
            routing::run);
    metricsServer =
        new MetricsServer(
            () -> new RouterMetrics(new RouterQueries(this))::render,
            problems.of("metrics", "Metrics port"));
  }

  /**
   * Adopts what the kernel still holds, commits the configuration and starts every thread. The
   * firewall comes first: nothing is routed that it has not seen.
   *
   * @throws IOException also if the kernel refuses the firewall's ruleset
   */
  public void start() throws IOException {
    sessionLog.thread().start();
    firewall.thread().start();
    Optional<String> refusal = enforce(committed);
    if (refusal.isPresent()) {
      // As with a file that is refused at boot: a site must not be left without its router.
      RouterConfig last =
          configuration
              .lastInForce(refusal.get())
              .orElseThrow(() -> new IOException("security: " + refusal.get()));
      Optional<String> also = enforce(last);
      if (also.isPresent()) {
        throw new IOException("security: " + also.get());
      }
      committed = last;
    }
    List<KernelRoute> found = kernel.routes();
    long leftovers = found.stream().filter(KernelRoute::isOurs).count();
    if (leftovers > 0) {
      LOG.info("FIB_LEFTOVERS_ADOPTED routes={}", leftovers);
    }
    routing.submit(new RouterEvent.KernelRoutesFound(found));
    kernel.thread().run(ThreadPriority::high);
    routing.run(ThreadPriority::high);
    kernel.thread().start();
    bfd.thread().start();
    monitor.thread().start();
    rpm.thread().start();
    ike.start(bfd::isWatching);
    route(committed);
    routing.start();
  }

  /** Lets operators in; once, after {@link #start}: tunnels do not wait for their socket. */
  public void openControl(Path socket, ConfigurationStore store) throws IOException {
    RouterQueries queries = new RouterQueries(this);
    control =
        ControlServer.start(
            socket, new OperatorCommands(queries, new Commands(queries, store), store));
  }

  /**
   * Makes a checked configuration the one in force: its firewall, then all else. Safe from any
   * thread but the firewall's; waits for the kernel.
   *
   * @return why the kernel refuses the firewall's ruleset, and then nothing has changed; empty if
   *     the configuration is in force
   */
  @Override
  public Optional<String> commit(RouterConfig after) {
    Optional<String> refusal = enforce(after);
    if (refusal.isEmpty()) {
      route(after);
    }
    return refusal;
  }

  private void route(RouterConfig after) {
    committed = after;
    routing.submit(new RouterEvent.ConfigurationCommitted(after));
  }

  private Optional<String> enforce(RouterConfig config) {
    try {
      return firewall.commit(config.firewall());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }

  /**
   * Waits until the first configuration is applied.
   *
   * @return false if {@link #stopWaiting} came first
   */
  public boolean awaitReady() throws InterruptedException {
    ready.await();
    return phase.get() == Phase.READY;
  }

  /** Ends {@link #awaitReady}: there is something else to do. Safe from any thread. */
  public void stopWaiting() {
    ready.countDown();
  }

  EngineThread<RouterEngine, RouterEvent, RouterAction> routing() {
    return routing;
  }

  BfdRim bfd() {
    return bfd;
  }

  IkeRim ike() {
    return ike;
  }

  MonitorRim monitor() {
    return monitor;
  }

  RpmRim rpm() {
    return rpm;
  }

  KernelRim kernel() {
    return kernel;
  }

  FirewallRim firewall() {
    return firewall;
  }

  SessionLogRim sessionLog() {
    return sessionLog;
  }

  MonotonicClock clock() {
    return clock;
  }

  Instant started() {
    return started;
  }

  Phase phase() {
    return phase.get();
  }

  @Override
  public void kept(RouterConfig config) {
    configuration.committed(config);
  }

  @Override
  public List<String> reload() {
    return configuration.reload(this::commit);
  }

  /** The configuration that was committed last. Safe from any thread. */
  @Override
  public RouterConfig committed() {
    return committed;
  }

  Problems problems() {
    return problems;
  }

  OspfSockets ospfSockets() {
    return ospfSockets;
  }

  RipSockets ripSockets(RipFlavor flavor) {
    return flavor == RipFlavor.RIP ? ripSockets : ripngSockets;
  }

  BgpTransport bgpTransport() {
    return bgpTransport;
  }

  ConfigurationLoader configuration() {
    return configuration;
  }

  FibLatency fibLatency() {
    return fibLatency;
  }

  /** Exceptions and losses of our own threads, for the metrics. */
  Map<String, Long> threadFaults() {
    return Map.of(
        "routing", routing.faults(),
        "rpm", rpm.thread().faults(),
        "bfd", bfd.thread().faults(),
        "ike", ike.thread().faults(),
        "monitor", monitor.thread().faults(),
        "kernel", kernel.thread().faults(),
        "firewall", firewall.thread().faults(),
        "session log", sessionLog.thread().faults());
  }

  private final class RoutingRim implements EngineThread.Rim<RouterEvent, RouterAction> {
    @Override
    public void perform(RouterAction action) {
      RouterProcess.this.perform(action);
    }

    /** Neither OSPF nor BGP, which have barriers of their own: the tables cannot be trusted. */
    @Override
    public void failed(InstanceFault fault) {
      faults.fatal(fault);
    }
  }

  private void perform(RouterAction action) {
    switch (action) {
      case RouterAction.ApplySystem a -> applySystem(a);
      case RouterAction.UpdateFib a -> updateFib(a);
      case RouterAction.ReadFib a -> kernel.thread().run(() -> readFib(a.read()));
      case RouterAction.Bfd a -> bfd.thread().submit(a.event());
      case RouterAction.Ike a -> tellIke(a.event());
      case RouterAction.Monitor a -> monitor.thread().submit(a.event());
      case RouterAction.Rpm a -> rpm.thread().submit(a.event());
      case RouterAction.Ospf a -> ospfSockets.perform(a.action());
      case RouterAction.Rip a -> ripSockets(a.flavor()).perform(a.action());
      case RouterAction.Bgp a -> perform(a.action());
      case RouterAction.Report a -> notices.write(a.notice());
      case RouterAction.SaveFault a -> faults.save(a.fault());
    }
  }

  private void perform(BgpAction action) {
    switch (action) {
      case BgpAction.Listen a -> bgpTransport.listen(a);
      case BgpAction.Connect a -> bgpTransport.connect(a);
      case BgpAction.SendMessage a -> bgpTransport.send(a.connection(), a.message());
      case BgpAction.AwaitWritable a -> bgpTransport.awaitWritable(a.connection());
      case BgpAction.CloseTransport a -> bgpTransport.close(a.connection());
      case BgpAction.UpdateRoutes a -> throw new IllegalStateException("for the engine");
      case BgpAction.TrackNextHop a -> throw new IllegalStateException("for the engine");
      case BgpAction.UntrackNextHop a -> throw new IllegalStateException("for the engine");
      case BgpAction.WatchNeighbor a -> throw new IllegalStateException("for the engine");
      case BgpAction.UnwatchNeighbor a -> throw new IllegalStateException("for the engine");
      case BgpAction.Report a -> throw new IllegalStateException("for the engine");
    }
  }

  private void applySystem(RouterAction.ApplySystem action) {
    kernel
        .thread()
        .run(() -> {
          try {
            kernel.applySystem(action.after());
          } finally {
            // With what it could do; it may be told to stop meanwhile.
            phase.compareAndSet(Phase.STARTING, Phase.READY);
            ready.countDown();
            // Its address may be one that has just been added.
            metricsServer.listen(action.after().system().metricsListen());
          }
        });
  }

  /** Ends the process at once, but for the lines of the log that still wait. */
  private static void halt(int status) {
    try {
      if (LoggerFactory.getILoggerFactory() instanceof LoggerContext log) {
        log.stop();
      }
    } finally {
      Runtime.getRuntime().halt(status);
    }
  }

  /** Out of Netty, and out of the tunnels. */
  private void behindLastWords(Runnable task) {
    netty.behind(() -> ike.dataPath().afterOutbound(task));
  }

  /** At the end, BGP's last words leave through the tunnels before IKE takes those down. */
  private void tellIke(IkeEvent event) {
    if (phase.get() == Phase.STOPPING) {
      behindLastWords(() -> ike.thread().submit(event));
    } else {
      ike.thread().submit(event);
    }
  }

  /** At the end, IKE's deletes still need the routes to their peers. */
  private void updateFib(RouterAction.UpdateFib update) {
    long since = System.nanoTime();
    Runnable work = () -> carryOut(update, since);
    if (phase.get() == Phase.STOPPING) {
      behindLastWords(() -> ike.thread().run(() -> kernel.thread().run(work)));
    } else {
      kernel.thread().run(work);
    }
  }

  private void carryOut(RouterAction.UpdateFib update, long sinceNanos) {
    List<FibResult> results = kernel.apply(update.operations(), update.known());
    fibLatency.record(update.operations().size(), System.nanoTime() - sinceNanos);
    if (phase.get() != Phase.STOPPING) {
      routing.submit(new RouterEvent.FibUpdated(results));
    }
  }

  /** A log may be slow, and BFD must not wait for it. */
  private void writeLater(Notice notice) {
    routing.run(() -> notices.write(notice));
  }

  private void readFib(FibRead read) {
    FibSlice slice = kernel.read(read);
    routing.submit(
        slice == null
            ? new RouterEvent.KernelReadFailed()
            : new RouterEvent.KernelRoutesRead(slice));
  }

  private void livenessChanged(LivenessTarget target, boolean up) {
    routing.submit(new RouterEvent.LivenessChanged(target, up));
  }

  private final class TunnelEvents implements IkeRim.TunnelListener {
    @Override
    public void tunnelChanged(InterfaceName tunnel, boolean up) {
      routing.submit(new RouterEvent.TunnelChanged(tunnel, up));
      kernel.setCarrier(tunnel, up);
    }

    /** Routing hears of it from the kernel, as of any other interface's MTU. */
    @Override
    public void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
      kernel.pathMtuChanged(tunnel, pathMtu);
    }

    @Override
    public void tunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote) {
      routing.submit(new RouterEvent.TunnelRemoteChanged(tunnel, peer, remote));
    }

    @Override
    public void selectorChanged(IkeAction.SelectorChanged change) {
      routing.submit(
          new RouterEvent.SelectorChanged(
              change.selector(),
              change.tunnel(),
              change.remotes(),
              change.metric(),
              change.preference()));
    }

    @Override
    public void findRoutes(IkeAction.FindRoutes asked) {
      routing.submit(
          new RouterEvent.RoutesAsked(
              asked.tunnel(), asked.one(), asked.other(), asked.behindOne(), asked.behindOther()));
    }

    @Override
    public void peerUp(TunnelPeer peer) {
      kernel.peerUp(peer);
    }

    @Override
    public void peerDown(InterfaceName tunnel, int peer) {
      kernel.peerDown(tunnel, peer);
    }

    @Override
    public void peerAddressFound(
        InterfaceName tunnel, int peer, IpAddress address, TunnelAddressSource source) {
      kernel.peerAddressFound(tunnel, peer, address, source);
    }
  }

  private final class MonitorEvents implements MonitorRim.Listener {
    @Override
    public void pathChanged(InterfaceName tunnel, boolean usable) {
      routing.submit(new RouterEvent.TunnelPathChanged(tunnel, usable));
    }

    @Override
    public void pathFailed(String vpn, String text) {
      ike.thread().submit(new IkeEvent.PathFailed(vpn, text));
    }

    @Override
    public void report(Notice notice) {
      writeLater(notice);
    }
  }

  private final class KernelEvents implements KernelRim.Listener {
    @Override
    public void interfacesChanged(List<InterfaceState> interfaces) {
      bfd.interfacesChanged(interfaces);
      firewall.interfacesChanged();
      sessionLog.interfacesChanged(interfaces);
      routing.submit(new RouterEvent.InterfacesChanged(interfaces));
    }

    @Override
    public void kernelRoutesChanged(List<KernelRouteChange> changes, long number) {
      routing.submit(new RouterEvent.KernelRoutesChanged(changes, number));
    }

    @Override
    public void kernelNewsLost(long number) {
      routing.submit(new RouterEvent.KernelNewsLost(number));
    }
  }

  /** Orderly stop: peers are told, our routes and devices leave the kernel. */
  @Override
  public void close() throws IOException {
    LOG.info("SYSTEM_STOPPING");
    phase.set(Phase.STOPPING);
    CountDownLatch told = new CountDownLatch(1);
    routing.submit(new RouterEvent.ShutDown());
    // The same way round as the last words take, so that it comes behind all of them.
    routing.run(() ->
        bfd.thread()
            .run(() ->
                behindLastWords(
                    () -> ike.thread().run(() -> kernel.thread().run(told::countDown)))));
    try {
      if (!told.await(STOP_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.error("STOP_INCOMPLETE");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Closing.inOrder(
        kernel::stopListening,
        control,
        metricsServer,
        bgpTransport,
        netty,
        routing,
        ospfSockets,
        ripSockets,
        ripngSockets,
        bfd,
        monitor,
        rpm,
        ike,
        kernel,
        firewall,
        sessionLog,
        faults);
    LOG.info("SYSTEM_STOPPED");
  }
}
