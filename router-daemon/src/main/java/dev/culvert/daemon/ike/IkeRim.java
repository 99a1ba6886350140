package dev.culvert.daemon.ike;

import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.Secret;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.log.NoticeLog;
import dev.culvert.daemon.thread.EngineThread;
import dev.culvert.engine.RecordedEvents;
import dev.culvert.engine.barrier.EventRecorder;
import dev.culvert.engine.barrier.FaultPolicy;
import dev.culvert.engine.barrier.InstanceBarrier;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.ipsec.crypto.ComputationResult;
import dev.culvert.ipsec.forwarding.DataPathListener;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEngine;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.PromptPoller;
import dev.culvert.tun.RawEspPort;
import dev.culvert.tun.ThreadPriority;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * IKE on its own thread, its sockets shared with the data path, and a small pool for key agreement.
 */
public final class IkeRim
    implements EngineThread.Rim<IkeEvent, IkeAction>, DataPathListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IkeRim.class);
  private static final int IKE_PORT = 500;
  private static final int NAT_TRAVERSAL_PORT = 4500;

  /** Two cores can agree on keys while the router goes on; more would only queue elsewhere. */
  private static final int COMPUTE_THREADS = 2;

  private static final long TRAFFIC_PERIOD_SECONDS = 5;
  private static final long PORT_RETRY_SECONDS = 1;
  private static final long SHUT_DOWN_PATIENCE_SECONDS = 2;

  /** Told on the IKE thread. */
  public interface TunnelListener {
    void tunnelChanged(InterfaceName tunnel, boolean up);

    void pathMtuChanged(InterfaceName tunnel, int pathMtu);

    /** Of one of its peers; null while that is down. */
    void tunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote);

    void selectorChanged(IkeAction.SelectorChanged change);

    /** Answered by {@link IkeEvent.RoutesFound}. */
    default void findRoutes(IkeAction.FindRoutes asked) {}

    /** A peer of a unit is up. */
    default void peerUp(TunnelPeer peer) {}

    default void peerDown(InterfaceName tunnel, int peer) {}

    /** That may be the address of a peer that is up. */
    default void peerAddressFound(
        InterfaceName tunnel, int peer, IpAddress address, TunnelAddressSource source) {}
  }

  private final EngineThread<IkeEngine, IkeEvent, IkeAction> thread;
  private final IkeIntake intake;
  private final IpsecDataPath dataPath;
  private final NoticeLog notices;
  private final TunnelListener tunnels;
  private final InstantSource clock;
  private final Faults faults;
  private final CountDownLatch peersTold = new CountDownLatch(1);
  private volatile boolean stopping;
  private final Set<IpAddress> openAddresses = new TreeSet<>();
  private final Set<Endpoint> bound = new TreeSet<>();
  private final SortedMap<Endpoint, String> refusedPorts = new ConcurrentSkipListMap<>();
  private final LongAdder bindErrors = new LongAdder();

  private @Nullable IkeEngine newest;

  /** What the engine has in the data path and in routing: to be taken back if it fails. */
  private final Set<Spi> installed = new TreeSet<>();

  private final Set<InterfaceName> tunnelsUp = new TreeSet<>();

  private record RemotePeer(InterfaceName tunnel, int peer) {}

  /** Peers whose addresses have been told. */
  private final Set<RemotePeer> remotes = new LinkedHashSet<>();

  /** Traffic selectors that lead somewhere, by their numbers. */
  private final SortedMap<Integer, InterfaceName> selectorsUp = new TreeMap<>();

  private final SortedMap<Integer, TunnelPeer> peersUp = new TreeMap<>();

  /** Whose paths the engine has found narrower than their outer interfaces. */
  private final Set<InterfaceName> narrowPaths = new TreeSet<>();

  /** What a fresh engine has to know. */
  private IkeEvent.@Nullable ConfigurationCommitted configuration;

  private final SortedMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();

  /** Addresses whose ports are to be tried again. */
  private final Set<IpAddress> waiting = new TreeSet<>();

  private @Nullable Future<?> trafficReports;
  private final ScheduledExecutorService pool =
      Executors.newScheduledThreadPool(
          COMPUTE_THREADS, Thread.ofPlatform().daemon().name("ike-compute-", 0).factory());

  /**
   * @param queues forwarding threads of each direction
   * @param crashSecret see {@link IkeEngine}
   */
  public IkeRim(
      RandomGenerator random,
      int queues,
      Secret crashSecret,
      InstantSource clock,
      NoticeLog notices,
      Function<DataPathListener, IpsecDataPath> dataPath,
      TunnelListener tunnels,
      Faults faults)
      throws IOException {
    this(random, queues, crashSecret, clock, notices, dataPath, tunnels, faults, engine -> engine);
  }

  /** With something between this and the engine, that may break it. */
  public IkeRim(
      RandomGenerator random,
      int queues,
      Secret crashSecret,
      InstantSource clock,
      NoticeLog notices,
      Function<DataPathListener, IpsecDataPath> dataPath,
      TunnelListener tunnels,
      Faults faults,
      UnaryOperator<ProtocolEngine<IkeEvent, IkeAction>> access)
      throws IOException {
    this.notices = notices;
    this.tunnels = tunnels;
    this.clock = clock;
    this.faults = faults;
    this.thread =
        new EngineThread<>(
            "ike",
            new InstanceBarrier<>(
                "ike",
                FaultPolicy.RESTART,
                new EventRecorder<>(RecordedEvents::ike),
                () -> freshEngine(random, queues, crashSecret),
                access),
            EpollPoller.open(),
            clock,
            this,
            faults::fatal);
    this.intake = new IkeIntake(random, thread::run, thread::deliver);
    this.dataPath = dataPath.apply(this);
  }

  /** Of one that failed nothing may be left that a memory dump could tell. */
  private IkeEngine freshEngine(RandomGenerator random, int queues, Secret crashSecret) {
    IkeEngine fresh = new IkeEngine(random, queues, crashSecret);
    if (newest != null) {
      newest.erase();
    }
    newest = fresh;
    return fresh;
  }

  public EngineThread<IkeEngine, IkeEvent, IkeAction> thread() {
    return thread;
  }

  /** On the IKE thread only. */
  public IkeStatistics statistics() {
    return intake.complete(thread.engine().statistics());
  }

  public IpsecDataPath dataPath() {
    return dataPath;
  }

  /**
   * @param isPathWatched whether what passes through the tunnels is in a hurry; asked all the time,
   *     on any thread
   */
  public void start(BooleanSupplier isPathWatched) throws IOException {
    thread.start();
    dataPath.start(pollers(isPathWatched), pollers(isPathWatched));
    trafficReports =
        pool.scheduleWithFixedDelay(
            this::reportTraffic, TRAFFIC_PERIOD_SECONDS, TRAFFIC_PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  /** What watches a tunnel's path passes through its forwarding threads like everything else. */
  private List<PromptPoller> pollers(BooleanSupplier isPathWatched) throws SystemCallException {
    List<PromptPoller> pollers = new ArrayList<>();
    for (int queue = 0; queue < dataPath.queues(); queue++) {
      pollers.add(PromptPoller.open(isPathWatched));
    }
    return pollers;
  }

  /** An exception that got out would end all further reports. */
  private void reportTraffic() {
    try {
      thread.submit(new IkeEvent.Traffic(dataPath.traffic()));
    } catch (RuntimeException e) {
      LOG.error("TRAFFIC_REPORT_FAULT", e);
    }
  }

  @Override
  public void heard(IkeEvent event) {
    switch (event) {
      case IkeEvent.ConfigurationCommitted e -> configuration = e;
      case IkeEvent.InterfacesChanged e -> e.changes().applyTo(interfaces);
      case IkeEvent.PortsRefused e -> {}
      case IkeEvent.DatagramReceived e -> {}
      case IkeEvent.Computed e -> {}
      case IkeEvent.DataPath e -> {}
      case IkeEvent.Traffic e -> {}
      case IkeEvent.ActivityRead e -> {}
      case IkeEvent.ClearSecurityAssociations e -> {}
      case IkeEvent.ClearIpsecSas e -> {}
      case IkeEvent.RekeyRequested e -> {}
      case IkeEvent.PathFailed e -> {}
      case IkeEvent.LookedUp e -> {}
      case IkeEvent.RoutesFound e -> {}
      case IkeEvent.ShutDown e -> {
        stopping = true;
        thread.stayDown();
      }
    }
  }

  /**
   * Nobody rekeys or deletes the SAs of an engine that is gone: they end with it. The peers learn
   * by the INITIAL_CONTACT of its successor (RFC 7296 §2.4).
   */
  @Override
  public void failed(InstanceFault fault) {
    intake.shut();
    tunnelsUp.forEach(tunnel -> {
      tunnels.tunnelChanged(tunnel, false);
      tunnels.pathMtuChanged(tunnel, 0);
    });
    tunnelsUp.clear();
    remotes.forEach(remote -> tunnels.tunnelRemoteChanged(remote.tunnel(), remote.peer(), null));
    remotes.clear();
    peersUp.values().forEach(peer -> tunnels.peerDown(peer.unit(), peer.number()));
    peersUp.clear();
    narrowPaths.forEach(tunnel -> tunnels.pathMtuChanged(tunnel, 0));
    narrowPaths.clear();
    selectorsUp.forEach((selector, tunnel) ->
        tunnels.selectorChanged(new IkeAction.SelectorChanged(selector, tunnel, List.of(), 0, 0)));
    selectorsUp.clear();
    installed.forEach(dataPath::remove);
    installed.clear();
    List.copyOf(openAddresses).forEach(this::closePorts);
    faults.save(fault);
  }

  @Override
  public List<IkeEvent> briefing() {
    List<IkeEvent> briefing = new ArrayList<>();
    if (configuration != null) {
      briefing.add(configuration);
    }
    briefing.add(
        new IkeEvent.InterfacesChanged(InterfaceChanges.of(List.copyOf(interfaces.values()))));
    return briefing;
  }

  @Override
  public void perform(IkeAction action) {
    switch (action) {
      case IkeAction.OpenPort a -> {
        openAddresses.add(a.local());
        openPorts(a.local());
      }
      case IkeAction.ClosePort a -> closePorts(a.local());
      case IkeAction.IkeSaKnown a -> intake.known(a);
      case IkeAction.IkeSaForgotten a -> intake.forgotten(a);
      case IkeAction.AdmissionChanged a -> intake.admission(a);
      case IkeAction.PeersChanged a -> intake.peers(a);
      case IkeAction.SendDatagram a ->
          dataPath.sendIke(a.local(), a.remote(), a.message(), a.dontFragment());
      case IkeAction.SendNatKeepalive a -> dataPath.sendNatKeepalive(a.local(), a.remote());
      case IkeAction.Compute a -> {
        long generation = thread.generation();
        pool.execute(() -> compute(a, generation));
      }
      case IkeAction.InstallChildSa a -> {
        installed.add(a.sa().inboundSpi());
        dataPath.install(a.sa());
      }
      case IkeAction.UseOutbound a -> dataPath.useOutbound(a.inboundSpi());
      case IkeAction.RemoveChildSa a -> {
        installed.remove(a.inboundSpi());
        dataPath.remove(a.inboundSpi());
      }
      case IkeAction.StopOutbound a -> dataPath.stopOutbound(a.inboundSpi());
      case IkeAction.FindRoutes a -> tunnels.findRoutes(a);
      case IkeAction.ReadActivity a ->
          thread.submit(new IkeEvent.ActivityRead(a.ikeSpi(), dataPath.activity(a.inboundSpis())));
      case IkeAction.MoveChildSa a -> dataPath.move(a.inboundSpi(), a.remote());
      case IkeAction.PathMtuChanged a -> {
        if (a.pathMtu() == 0) {
          narrowPaths.remove(a.tunnel());
        } else {
          narrowPaths.add(a.tunnel());
        }
        tunnels.pathMtuChanged(a.tunnel(), a.pathMtu());
      }
      case IkeAction.TunnelChanged a -> {
        if (a.up()) {
          tunnelsUp.add(a.tunnel());
        } else {
          tunnelsUp.remove(a.tunnel());
        }
        tunnels.tunnelChanged(a.tunnel(), a.up());
      }
      case IkeAction.PeerUp a -> {
        peersUp.put(a.peer().number(), a.peer());
        tunnels.peerUp(a.peer());
      }
      case IkeAction.PeerDown a -> {
        peersUp.remove(a.peer());
        tunnels.peerDown(a.tunnel(), a.peer());
      }
      case IkeAction.PeerAddressFound a ->
          tunnels.peerAddressFound(a.tunnel(), a.peer(), a.address(), a.source());
      case IkeAction.ShutDownComplete a -> peersTold.countDown();
      case IkeAction.TunnelRemoteChanged a -> {
        RemotePeer peer = new RemotePeer(a.tunnel(), a.peer());
        if (a.remote() == null) {
          remotes.remove(peer);
        } else {
          remotes.add(peer);
        }
        tunnels.tunnelRemoteChanged(a.tunnel(), a.peer(), a.remote());
      }
      case IkeAction.SelectorChanged a -> {
        if (a.remotes().isEmpty()) {
          selectorsUp.remove(a.selector());
        } else {
          selectorsUp.put(a.selector(), a.tunnel());
        }
        tunnels.selectorChanged(a);
      }
      case IkeAction.LookUp a -> {
        long generation = thread.generation();
        Thread.ofVirtual().name("look-up").start(() -> lookUp(a, generation));
      }
      case IkeAction.Report a -> notices.write(a.notice());
    }
  }

  /** On the pool, which would keep what is thrown to itself. */
  private void compute(IkeAction.Compute asked, long generation) {
    try {
      ComputationResult result = asked.computation().run();
      thread.submitTo(generation, new IkeEvent.Computed(asked.id(), result), result::erase);
    } catch (RuntimeException e) {
      // The SA would wait forever for its answer.
      ComputationResult refused = new ComputationResult.Refused("the computation failed");
      thread.submitTo(generation, new IkeEvent.Computed(asked.id(), refused));
      thread.run(() -> {
        // What an engine that has failed asked for is erased, be it in the midst of a computation.
        if (generation == thread.generation()) {
          throw e;
        }
      });
    } catch (Error e) {
      ended("ike-compute", e);
      throw e;
    }
  }

  /** As the machine itself does, {@code /etc/hosts} included, however long servers take. */
  private void lookUp(IkeAction.LookUp asked, long generation) {
    List<IpAddress> addresses = new ArrayList<>();
    try {
      for (InetAddress address : InetAddress.getAllByName(asked.name())) {
        addresses.add(IpAddress.ofBytes(address.getAddress()));
      }
    } catch (UnknownHostException e) {
      LOG.debug("IKE_NAME_UNKNOWN vpn={} name={}", asked.vpn(), asked.name());
    }
    thread.submitTo(generation, new IkeEvent.LookedUp(asked.vpn(), asked.name(), addresses));
  }

  /** Opens what is missing at that address; tried again while it is wanted and refused. */
  private void openPorts(IpAddress local) {
    if (!openAddresses.contains(local)) {
      return;
    }
    boolean whole = true;
    SortedMap<Integer, String> refusedBefore = refusedUdpPorts(local);
    for (int port : new int[] {IKE_PORT, NAT_TRAVERSAL_PORT, 0}) {
      Endpoint endpoint = new Endpoint(local, port);
      if (bound.contains(endpoint)) {
        continue;
      }
      try {
        int queues = dataPath.queues();
        List<? extends DatagramPort> opened =
            port == 0
                ? RawEspPort.bindGroup(local, queues)
                : UdpPort.bindGroup(endpoint, Optional.empty(), queues);
        try {
          dataPath.addPort(endpoint, opened);
        } catch (RuntimeException e) {
          opened.forEach(DatagramPort::close);
          throw e;
        }
        bound.add(endpoint);
        if (refusedPorts.remove(endpoint) != null) {
          LOG.info("IKE_BOUND local={}", endpoint);
        }
      } catch (SystemCallException e) {
        whole = false;
        bindErrors.increment();
        String reason = String.valueOf(e.getMessage());
        if (!reason.equals(refusedPorts.put(endpoint, reason))) {
          LOG.error("IKE_BIND_FAILED local={} reason={}", endpoint, reason);
        }
      }
    }
    SortedMap<Integer, String> refused = refusedUdpPorts(local);
    if (!refused.equals(refusedBefore)) {
      thread.submitTo(thread.generation(), new IkeEvent.PortsRefused(local, refused));
    }
    if (!whole && waiting.add(local)) {
      CompletableFuture.delayedExecutor(PORT_RETRY_SECONDS, TimeUnit.SECONDS, pool)
          .execute(() ->
              thread.run(() -> {
                waiting.remove(local);
                openPorts(local);
              }));
    }
  }

  /** IKE speaks by them; it can do without the raw socket of ESP, whose port counts as 0. */
  private SortedMap<Integer, String> refusedUdpPorts(IpAddress local) {
    SortedMap<Integer, String> refused = new TreeMap<>();
    refusedPorts.forEach((endpoint, reason) -> {
      if (endpoint.address().equals(local) && endpoint.port() != 0) {
        refused.put(endpoint.port(), reason);
      }
    });
    return refused;
  }

  /** Ports that are wanted and refused, with the reason; tried again. Safe from any thread. */
  public SortedMap<Endpoint, String> bindFailures() {
    return new TreeMap<>(refusedPorts);
  }

  /** Times a port was refused. Safe from any thread. */
  public long bindErrors() {
    return bindErrors.sum();
  }

  private void closePorts(IpAddress local) {
    openAddresses.remove(local);
    refusedPorts.keySet().removeIf(endpoint -> endpoint.address().equals(local));
    bound.removeIf(endpoint -> {
      boolean closing = endpoint.address().equals(local);
      if (closing) {
        dataPath.removePort(endpoint);
      }
      return closing;
    });
  }

  @Override
  public void threadStarted() {
    ThreadPriority.high();
  }

  /** Deletes may have to wait for exchanges that are under way; the engine gives them a second. */
  private void awaitLastWords() {
    try {
      if (stopping && !peersTold.await(SHUT_DOWN_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("IKE_SHUTDOWN_INCOMPLETE");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void saNotice(SaNotice notice) {
    intake.notice(notice);
  }

  @Override
  public @Nullable Octets ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
    return intake.datagram(local, remote, message);
  }

  @Override
  public void forwardingFault(RuntimeException fault) {
    LOG.error("FORWARDING_FAULT", fault);
  }

  @Override
  public void forwardingEnded(Throwable cause) {
    ended(Thread.currentThread().getName(), cause);
  }

  private void ended(String threadName, Throwable cause) {
    faults.fatal(new InstanceFault(threadName, clock.instant(), cause, List.of()));
  }

  @Override
  public void close() {
    awaitLastWords();
    if (trafficReports != null) {
      trafficReports.cancel(false);
    }
    pool.shutdownNow();
    thread.close();
    if (newest != null) {
      // Unless it has come to its own end.
      newest.erase();
    }
    dataPath.close();
  }
}
