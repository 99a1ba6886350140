package dev.culvert.daemon.io;

import dev.culvert.core.forwarding.DatagramPort;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.forwarding.DataPathListener;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEngine;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.sa.SaNotice;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.RawEspPort;
import dev.culvert.tun.ThreadPriority;
import dev.culvert.tun.UdpPort;
import dev.culvert.tun.sys.SystemCallException;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * IKE on its own thread, its sockets shared with the data path, and a small pool for key agreement.
 */
final class IkeRim implements DataPathListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IkeRim.class);
  private static final int IKE_PORT = 500;
  private static final int NAT_TRAVERSAL_PORT = 4500;

  /** Two cores can agree on keys while the router goes on; more would only queue elsewhere. */
  private static final int COMPUTE_THREADS = 2;

  private static final long TRAFFIC_PERIOD_SECONDS = 5;
  private static final long PORT_RETRY_SECONDS = 1;

  /** Told on the IKE thread. */
  interface TunnelListener {
    void tunnelChanged(InterfaceName tunnel, boolean up);

    void pathMtuChanged(InterfaceName tunnel, int pathMtu);
  }

  private final IkeEngine engine;
  private final EngineThread<IkeEvent, IkeAction> thread;
  private final IpsecDataPath dataPath;
  private final NoticeLog notices;
  private final TunnelListener tunnels;
  private final Set<IpAddress> openAddresses = new TreeSet<>();
  private final Set<Endpoint> bound = new TreeSet<>();
  private @Nullable Future<?> trafficReports;
  private final ScheduledExecutorService pool =
      Executors.newScheduledThreadPool(
          COMPUTE_THREADS, Thread.ofPlatform().daemon().name("ike-compute-", 0).factory());

  IkeRim(
      RandomGenerator random,
      InstantSource clock,
      NoticeLog notices,
      Function<DataPathListener, IpsecDataPath> dataPath,
      TunnelListener tunnels)
      throws IOException {
    this.engine = new IkeEngine(random);
    this.notices = notices;
    this.tunnels = tunnels;
    this.thread = new EngineThread<>("ike", engine, EpollPoller.open(), clock, this::perform);
    this.dataPath = dataPath.apply(this);
  }

  IkeEngine engine() {
    return engine;
  }

  EngineThread<IkeEvent, IkeAction> thread() {
    return thread;
  }

  IpsecDataPath dataPath() {
    return dataPath;
  }

  void start() throws IOException {
    thread.start();
    dataPath.start(EpollPoller.open(), EpollPoller.open());
    trafficReports =
        pool.scheduleWithFixedDelay(
            () -> thread.submit(new IkeEvent.Traffic(dataPath.traffic())),
            TRAFFIC_PERIOD_SECONDS,
            TRAFFIC_PERIOD_SECONDS,
            TimeUnit.SECONDS);
  }

  private void perform(IkeAction action) {
    switch (action) {
      case IkeAction.OpenPort a -> {
        openAddresses.add(a.local());
        openPorts(a.local());
      }
      case IkeAction.ClosePort a -> closePorts(a.local());
      case IkeAction.SendDatagram a ->
          dataPath.sendIke(a.local(), a.remote(), a.message(), a.dontFragment());
      case IkeAction.SendNatKeepalive a -> dataPath.sendNatKeepalive(a.local(), a.remote());
      case IkeAction.Compute a ->
          pool.execute(() -> thread.submit(new IkeEvent.Computed(a.id(), a.computation().run())));
      case IkeAction.InstallChildSa a -> dataPath.install(a.sa());
      case IkeAction.UseOutbound a -> dataPath.useOutbound(a.inboundSpi());
      case IkeAction.RemoveChildSa a -> dataPath.remove(a.inboundSpi());
      case IkeAction.MoveChildSa a -> dataPath.move(a.inboundSpi(), a.remote());
      case IkeAction.TunnelChanged a -> tunnels.tunnelChanged(a.tunnel(), a.up());
      case IkeAction.PathMtuChanged a -> tunnels.pathMtuChanged(a.tunnel(), a.pathMtu());
      case IkeAction.Report a -> notices.write(a.notice());
    }
  }

  /** Opens what is missing at that address; tried again while it is wanted and refused. */
  private void openPorts(IpAddress local) {
    if (!openAddresses.contains(local)) {
      return;
    }
    boolean whole = true;
    for (int port : new int[] {IKE_PORT, NAT_TRAVERSAL_PORT, 0}) {
      Endpoint endpoint = new Endpoint(local, port);
      if (bound.contains(endpoint)) {
        continue;
      }
      try {
        DatagramPort opened =
            port == 0 ? RawEspPort.bind(local) : UdpPort.bind(endpoint, Optional.empty());
        dataPath.addPort(endpoint, opened);
        bound.add(endpoint);
      } catch (SystemCallException e) {
        whole = false;
        LOG.error("IKE_BIND_FAILED local={} reason={}", endpoint, e.getMessage());
      }
    }
    if (!whole) {
      CompletableFuture.delayedExecutor(PORT_RETRY_SECONDS, TimeUnit.SECONDS, pool)
          .execute(() -> thread.run(() -> openPorts(local)));
    }
  }

  private void closePorts(IpAddress local) {
    openAddresses.remove(local);
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

  @Override
  public void saNotice(SaNotice notice) {
    thread.offerEvent(new IkeEvent.DataPath(notice));
  }

  @Override
  public void ikeDatagram(Endpoint local, Endpoint remote, Octets message) {
    thread.offerEvent(new IkeEvent.DatagramReceived(local, remote, message));
  }

  @Override
  public void forwardingFault(RuntimeException fault) {
    LOG.error("FORWARDING_FAULT", fault);
  }

  @Override
  public void close() {
    if (trafficReports != null) {
      trafficReports.cancel(false);
    }
    pool.shutdownNow();
    thread.close();
    dataPath.close();
  }
}
