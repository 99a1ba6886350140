package dev.culvert.testbed;

import dev.culvert.bfd.BfdAction;
import dev.culvert.bfd.BfdEngine;
import dev.culvert.bfd.BfdEvent;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.ReplaceGuard;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.engine.RouterAction;
import dev.culvert.engine.RouterEngine;
import dev.culvert.engine.RouterEvent;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.firewall.FirewallAction;
import dev.culvert.firewall.FirewallEngine;
import dev.culvert.firewall.FirewallEvent;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEngine;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.monitor.MonitorAction;
import dev.culvert.ipsec.monitor.MonitorEngine;
import dev.culvert.ipsec.monitor.MonitorEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One complete router: the routing, IKE and BFD engines, each on its simulated thread, wired to
 * each other, to a simulated kernel and to a simulated data path as the daemon wires them to the
 * real ones.
 */
public final class SimulatedRouter implements SimulatedNode {
  private static final Duration TRAFFIC_PERIOD = Duration.ofSeconds(5);
  private static final Duration KEY_AGREEMENT_TIME = Duration.ofMillis(1);
  private static final Duration NETLINK_TIME = Duration.ofNanos(200_000);

  /** Routes in one slice of the kernel's table. */
  private static final int SLICE = 4;

  private final String name;

  /** Outlives the process. */
  private final Secret crashSecret;

  private final SimulatedNetwork network;
  private final EventQueue time;
  private final SimulatedKernel kernel;
  private RouterConfig config;
  private @Nullable Life life;
  private long livenessLost;

  SimulatedRouter(String name, RouterConfig config, SimulatedNetwork network) {
    this.name = name;
    this.config = config;
    this.network = network;
    this.time = network.time();
    this.kernel = new SimulatedKernel(name, time);
    this.crashSecret = Secret.copyOf(name.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public SimulatedKernel kernel() {
    return kernel;
  }

  /** Starts the process; what an earlier one left in the kernel is adopted. */
  public void start() {
    if (life != null) {
      throw new IllegalStateException(name + " runs already");
    }
    life = new Life();
    life.start();
  }

  /** The orderly stop: peers are told, our routes leave the kernel. */
  public void stop() {
    Life stopping = running();
    stopping.routing.submit(new RouterEvent.ShutDown());
    time.after(Duration.ofMillis(100), () -> end(stopping));
  }

  /** The process is killed: its tunnel devices vanish, TCP connections are reset, routes stay. */
  public void crash() {
    end(running());
  }

  private void end(Life ending) {
    ending.end();
    if (life == ending) {
      life = null;
    }
  }

  /** Makes a configuration the one in force. */
  public void commit(RouterConfig after) {
    config = after;
    if (life != null) {
      life.committed();
    }
  }

  /** An operator's request to IKE, such as a rekey. */
  public void submit(IkeEvent event) {
    running().ike.submit(event);
  }

  public void submit(RouterEvent event) {
    running().routing.submit(event);
  }

  public boolean isRunning() {
    return life != null;
  }

  /** The router's clock. */
  public Instant now() {
    return time.now();
  }

  public RouterConfig config() {
    return config;
  }

  public RouterEngine engine() {
    return running().engine;
  }

  public IkeEngine ike() {
    return running().ikeEngine;
  }

  public MonitorEngine monitor() {
    return running().monitorEngine;
  }

  public BfdEngine bfd() {
    return running().bfdEngine;
  }

  /** Who is behind which next hop of multipoint units. */
  public List<NextHopTunnel> nextHopTunnels() {
    return running().system.nextHopTunnels();
  }

  /** What its operator would have to mend of the machine. */
  public SortedMap<String, String> problems() {
    return running().system.problems();
  }

  /** Packets that its data path has refused for that cause since the process began. */
  public long drops(DropCause cause) {
    return running().dataPath.drops(cause);
  }

  /** Times BFD has taken a neighbor away from a protocol. */
  public long livenessLost() {
    return livenessLost;
  }

  private Life running() {
    if (life == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return life;
  }

  @Override
  public String toString() {
    return name;
  }

  /** One run of the process. */
  private final class Life {
    final RouterEngine engine;
    final IkeEngine ikeEngine;
    final BfdEngine bfdEngine;
    final EngineDriver<RouterEvent, RouterAction> routing;
    final EngineDriver<IkeEvent, IkeAction> ike;
    final EngineDriver<BfdEvent, BfdAction> bfd;
    final MonitorEngine monitorEngine;
    final EngineDriver<MonitorEvent, MonitorAction> monitor;
    final EngineDriver<FirewallEvent, FirewallAction> firewall;
    final SimulatedTunnels dataPath;
    final SimulatedBgpTransport bgpTransport;
    final SimulatedSockets sockets;
    final SimulatedSystem system;
    final ReplaceGuard guard = new ReplaceGuard();

    /** What is still to be read of the kernel's table. */
    private ArrayDeque<KernelRoute> unread = new ArrayDeque<>();

    boolean ended;

    Life() {
      SplittableRandom random = new SplittableRandom(network.random().nextLong());
      int queues = config.ipsec().queues().orElse(1);
      engine = new RouterEngine(random.split());
      ikeEngine = new IkeEngine(random.split(), queues, crashSecret);
      bfdEngine = new BfdEngine(random.split());
      // Of the same seed, lest the other engines' randomness depend on this one's being there.
      monitorEngine = new MonitorEngine(new SplittableRandom(name.hashCode()));
      routing = new EngineDriver<>(time, engine, this::perform);
      ike = new EngineDriver<>(time, ikeEngine, this::perform);
      bfd = new EngineDriver<>(time, bfdEngine, this::perform);
      monitor = new EngineDriver<>(time, monitorEngine, this::perform);
      firewall = new EngineDriver<>(time, new FirewallEngine(ZoneOffset.UTC), this::perform);
      dataPath =
          new SimulatedTunnels(
              kernel,
              time,
              queues,
              notice -> ike.submit(new IkeEvent.DataPath(notice)),
              (local, remote, message) ->
                  ike.submit(new IkeEvent.DatagramReceived(local, remote, message)));
      system =
          new SimulatedSystem(
              kernel,
              time,
              interfaces -> routing.submit(new RouterEvent.InterfacesChanged(interfaces)),
              this::report);
      SimulatedTcp tcp = new SimulatedTcp(kernel, time);
      bgpTransport =
          new SimulatedBgpTransport(
              tcp, event -> routing.submit(new RouterEvent.BgpTransport(event)));
      sockets =
          new SimulatedSockets(
              kernel, dataPath, tcp, routing::submit, bfd::submit, monitor::submit);
    }

    void start() {
      kernel.setSockets(sockets::deliver);
      kernel.setTunnelReader(dataPath::outbound);
      kernel.setMonitor(system);
      routing.submit(new RouterEvent.InterfacesChanged(kernel.interfaces()));
      kernel.routes().setMonitor(this::routeChanged);
      routing.submit(new RouterEvent.KernelRoutesFound(kernel.routes().all()));
      committed();
      reportTraffic();
    }

    /** The firewall comes before all else. */
    void committed() {
      firewall.submit(new FirewallEvent.Committed(config.firewall()));
      routing.submit(new RouterEvent.ConfigurationCommitted(config));
    }

    private void reportTraffic() {
      time.after(
          TRAFFIC_PERIOD,
          () -> {
            if (!ended) {
              ike.submit(new IkeEvent.Traffic(dataPath.traffic()));
              reportTraffic();
            }
          });
    }

    void end() {
      ended = true;
      routing.stop();
      ike.stop();
      bfd.stop();
      monitor.stop();
      firewall.stop();
      system.end();
      kernel.removeMonitor();
      kernel.routes().setMonitor(change -> {});
      bgpTransport.abort();
      kernel.removeTunnels();
      kernel.setSockets((in, packet) -> false);
      kernel.setTunnelReader((tunnel, packet, nextHop) -> {});
    }

    // --- The firewall's actions --------------------------------------------------------------

    private void perform(FirewallAction action) {
      switch (action) {
        case FirewallAction.Apply a -> {
          kernel.enforce(a.ruleset());
          firewall.submit(new FirewallEvent.Applied(a.number(), null, true));
        }
        case FirewallAction.ReviewSessions a -> kernel.review(a.review());
        case FirewallAction.Resolve a ->
            firewall.submit(new FirewallEvent.NameFailed(a.name(), "no name server"));
        case FirewallAction.Report a -> report(a.notice());
      }
    }

    // --- The routing engine's actions --------------------------------------------------------

    private void perform(RouterAction action) {
      switch (action) {
        case RouterAction.ApplySystem a -> system.configured(a.after());
        case RouterAction.UpdateFib a -> time.after(NETLINK_TIME, () -> updateFib(a));
        case RouterAction.ReadFib a -> time.after(NETLINK_TIME, () -> readFib(a.read()));
        case RouterAction.Bfd a -> bfd.submit(a.event());
        case RouterAction.Ike a -> ike.submit(a.event());
        case RouterAction.Monitor a -> monitor.submit(a.event());
        // No simulated router has tests of RPM: their engine and their routes are tried on their
        // own.
        case RouterAction.Rpm a -> {}
        case RouterAction.Ospf a -> sockets.perform(a.action());
        case RouterAction.Rip a -> sockets.perform(a.flavor(), a.action());
        case RouterAction.Bgp a -> bgpTransport.perform(a.action());
        case RouterAction.Report a -> report(a.notice());
        // A simulation lets faults through: see FaultPolicy.RETHROW.
        case RouterAction.SaveFault a -> throw new IllegalStateException(a.fault().cause());
      }
    }

    private void report(Notice notice) {
      network.trace().line(name, notice.toString());
    }

    private void updateFib(RouterAction.UpdateFib update) {
      if (ended) {
        return;
      }
      List<FibResult> results = new ArrayList<>();
      for (FibOperation operation : update.operations()) {
        boolean allowed = guard.allows(operation, update.known());
        int errno = allowed ? kernel.apply(operation) : FibResult.ECANCELED;
        results.add(new FibResult(operation, errno, errno == 0 ? "" : "errno " + errno));
        network.trace().line(name, "FIB " + describe(operation) + " errno=" + errno);
      }
      routing.submit(new RouterEvent.FibUpdated(results));
    }

    private void routeChanged(KernelRouteChange change) {
      if (change.route().concernsOurs()) {
        routing.submit(new RouterEvent.KernelRoutesChanged(List.of(change), guard.heard(change)));
      }
    }

    private void readFib(FibRead read) {
      if (read == FibRead.FIRST) {
        unread = new ArrayDeque<>(kernel.routes().all());
      }
      List<KernelRoute> slice = new ArrayList<>();
      while (slice.size() < SLICE && !unread.isEmpty()) {
        slice.add(unread.remove());
      }
      routing.submit(new RouterEvent.KernelRoutesRead(new FibSlice(slice, unread.isEmpty(), true)));
    }

    private static String describe(FibOperation operation) {
      return switch (operation) {
        case FibOperation.Install install ->
            "install " + install.key() + " " + install.entry().nextHops();
        case FibOperation.Remove remove -> "remove " + remove.key().prefix();
      };
    }

    // --- The IKE engine's actions --------------------------------------------------------------

    private void perform(IkeAction action) {
      switch (action) {
        case IkeAction.OpenPort a -> sockets.openIke(a.local());
        case IkeAction.ClosePort a -> sockets.closeIke(a.local());
        // Nobody floods the simulated network: all that arrives is for the engine.
        case IkeAction.IkeSaKnown a -> {}
        case IkeAction.IkeSaForgotten a -> {}
        case IkeAction.AdmissionChanged a -> {}
        case IkeAction.PeersChanged a -> {}
        case IkeAction.SendDatagram a -> dataPath.sendIke(a.local(), a.remote(), a.message());
        case IkeAction.SendNatKeepalive a -> dataPath.sendNatKeepalive(a.local(), a.remote());
        case IkeAction.Compute a ->
            time.after(
                KEY_AGREEMENT_TIME,
                () -> ike.submit(new IkeEvent.Computed(a.id(), a.computation().run())));
        case IkeAction.InstallChildSa a -> dataPath.install(a.sa());
        case IkeAction.UseOutbound a -> dataPath.useOutbound(a.inboundSpi());
        case IkeAction.RemoveChildSa a -> dataPath.remove(a.inboundSpi());
        case IkeAction.StopOutbound a -> dataPath.stopOutbound(a.inboundSpi());
        case IkeAction.FindRoutes a ->
            routing.submit(
                new RouterEvent.RoutesAsked(
                    a.tunnel(), a.one(), a.other(), a.behindOne(), a.behindOther()));
        case IkeAction.ReadActivity a ->
            ike.submit(new IkeEvent.ActivityRead(a.ikeSpi(), dataPath.activity(a.inboundSpis())));
        case IkeAction.MoveChildSa a -> dataPath.move(a.inboundSpi(), a.remote());
        case IkeAction.TunnelChanged a -> {
          network.trace().line(name, "TUNNEL " + a.tunnel() + " up=" + a.up() + " " + a.reason());
          routing.submit(new RouterEvent.TunnelChanged(a.tunnel(), a.up()));
          system.tunnelChanged(a.tunnel(), a.up());
        }
        case IkeAction.PathMtuChanged a -> {
          network.trace().line(name, "PATH MTU " + a.tunnel() + " " + a.pathMtu());
          system.pathMtuChanged(a.tunnel(), a.pathMtu());
        }
        case IkeAction.PeerUp a -> system.peerUp(a.peer());
        case IkeAction.PeerDown a -> system.peerDown(a.tunnel(), a.peer());
        case IkeAction.PeerAddressFound a ->
            system.peerAddressFound(a.tunnel(), a.peer(), a.address(), a.source());
        case IkeAction.ShutDownComplete a -> {}
        // The simulated network has no name server.
        case IkeAction.LookUp a -> ike.submit(new IkeEvent.LookedUp(a.vpn(), a.name(), List.of()));
        case IkeAction.TunnelRemoteChanged a ->
            routing.submit(new RouterEvent.TunnelRemoteChanged(a.tunnel(), a.peer(), a.remote()));
        case IkeAction.SelectorChanged a ->
            routing.submit(
                new RouterEvent.SelectorChanged(
                    a.selector(), a.tunnel(), a.remotes(), a.metric(), a.preference()));
        case IkeAction.Report a -> report(a.notice());
      }
    }

    // --- The VPN monitor's actions -------------------------------------------------------------

    private void perform(MonitorAction action) {
      switch (action) {
        case MonitorAction.SendRequest a -> sockets.sendEcho(a.request());
        case MonitorAction.ReadTraffic a ->
            monitor.submit(
                new MonitorEvent.TrafficRead(a.tunnel(), dataPath.inboundPackets(a.tunnel())));
        case MonitorAction.PathChanged a ->
            routing.submit(new RouterEvent.TunnelPathChanged(a.tunnel(), a.usable()));
        case MonitorAction.RenewSecurityAssociations a ->
            ike.submit(new IkeEvent.PathFailed(a.vpn(), a.reason()));
        case MonitorAction.Report a -> report(a.notice());
      }
    }

    // --- The BFD engine's actions --------------------------------------------------------------

    private void perform(BfdAction action) {
      switch (action) {
        case BfdAction.OpenInterface a -> sockets.openBfd(a.interfaceName());
        case BfdAction.CloseInterface a -> sockets.closeBfd(a.interfaceName());
        case BfdAction.SendPacket a ->
            sendBfd(a.out(), a.source(), (Ipv4Address) a.destination(), a.payload());
        case BfdAction.StateChanged a -> {
          if (a.to() == BfdState.UP || a.isDeliberate()) {
            routing.submit(new RouterEvent.LivenessChanged(a.target(), true));
          } else if (a.isFailure()) {
            livenessLost++;
            routing.submit(new RouterEvent.LivenessChanged(a.target(), false));
          }
        }
        case BfdAction.Report a -> report(a.notice());
      }
    }

    private void sendBfd(
        InterfaceName out, @Nullable IpAddress source, Ipv4Address destination, Octets payload) {
      Ipv4Address from = source == null ? kernel.primary(out) : (Ipv4Address) source;
      if (from != null) {
        sockets.sendBfd(out, from, destination, payload);
      }
    }
  }
}
