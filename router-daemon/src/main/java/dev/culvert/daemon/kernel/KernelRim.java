package dev.culvert.daemon.kernel;

import dev.culvert.core.engine.Deadline;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.ReplaceGuard;
import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.thread.PollingThread;
import dev.culvert.engine.barrier.InstanceFault;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.system.FoundAddress;
import dev.culvert.engine.system.FoundDevice;
import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.engine.system.SystemOperation;
import dev.culvert.engine.system.SystemSynchronizer;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.netlink.KernelAddress;
import dev.culvert.tun.netlink.KernelEvent;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.KernelMonitor;
import dev.culvert.tun.netlink.KernelNeighbor;
import dev.culvert.tun.netlink.KernelView;
import dev.culvert.tun.netlink.RouteDump;
import dev.culvert.tun.netlink.RtNetlink;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's side of the router on a thread of its own: operations go in, notifications come out.
 * Routing never waits for netlink. What is to be done for devices, addresses and switches {@link
 * SystemSynchronizer} decides, which lives on this thread.
 */
public final class KernelRim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelRim.class);

  /** Who is told what the kernel says; called on the kernel thread. */
  public interface Listener {
    void interfacesChanged(List<InterfaceState> interfaces);

    /** Of others' doing, and of concern to ours; the number is that of the last. */
    void kernelRoutesChanged(List<KernelRouteChange> changes, long number);

    /** Changes of routes were missed. */
    void kernelNewsLost(long number);
  }

  /**
   * Looks at what waits, before routes are replaced. What comes faster than that many, of 256
   * messages each, is waited out: replacements are put off, other operations are not.
   */
  private static final int MAX_LOOKS = 64;

  private final KernelThread thread;
  private final RtNetlink netlink;
  private final KernelMonitor monitor;
  private final KernelView view = new KernelView();
  private final SystemSynchronizer system = new SystemSynchronizer();
  private final SystemWriter systemWriter;
  private final FibWriter fibWriter;
  private final Listener listener;
  private final Consumer<Notice> notices;
  private final Faults faults;
  private final ReplaceGuard guard = new ReplaceGuard();

  /** Heard, and not told yet. */
  private final List<KernelRouteChange> routeNews = new ArrayList<>();

  private long lastNews;

  /** While the kernel's table is read bit by bit. */
  private @Nullable RouteDump routeDump;

  /** The interfaces as they were told last. */
  private final SortedMap<InterfaceName, InterfaceState> told = new TreeMap<>();

  /** There may be something to tell. */
  private boolean isNew;

  /**
   * @param notices told on the kernel thread
   * @throws IOException if the kernel refuses a socket
   */
  public KernelRim(
      InstantSource clock,
      IpsecDataPath dataPath,
      Listener listener,
      Consumer<Notice> notices,
      Faults faults)
      throws IOException {
    this.listener = listener;
    this.notices = notices;
    this.faults = faults;
    this.monitor = KernelMonitor.open();
    this.netlink = RtNetlink.open();
    this.fibWriter = new FibWriter(netlink::apply, guard, this::hearAll);
    this.systemWriter = new SystemWriter(netlink, new TunnelDevices(netlink, dataPath));
    monitor.ignoreRoutesOf(netlink);
    this.thread = new KernelThread(clock, faults);
    thread.watch(monitor, () -> notified());
  }

  /** What has been heard in a turn is worked off at its end. */
  private final class KernelThread extends PollingThread {
    KernelThread(InstantSource clock, Faults faults) throws IOException {
      super("kernel", EpollPoller.open(), clock, faults::fatal);
    }

    @Override
    protected @Nullable Instant nextDue() {
      Deadline deadline = system.nextDeadline();
      return deadline == null ? null : deadline.at();
    }

    @Override
    protected void onDue() {
      synchronize(now());
    }

    Instant instant() {
      return now();
    }
  }

  public PollingThread thread() {
    return thread;
  }

  /** What the kernel holds that concerns our routes. Before the thread starts, then on it. */
  public List<KernelRoute> routes() throws IOException {
    return netlink.routes().stream().filter(KernelRoute::concernsOurs).toList();
  }

  // --- What is asked of the kernel ---------------------------------------------------------------

  /**
   * Brings devices, addresses and switches in line with the configuration. On the kernel thread.
   */
  public void applySystem(RouterConfig after) {
    synchronizeAfter(now -> system.configured(after, now));
    // So that what has been made is told of before anybody goes on.
    notified();
    synchronize(thread.instant());
  }

  /** Shows a tunnel's state as its device's carrier. Safe from any thread. */
  public void setCarrier(InterfaceName tunnel, boolean up) {
    thread.run(() -> synchronizeAfter(now -> system.tunnelChanged(tunnel, up)));
  }

  /**
   * The path of a tunnel carries packets of that size, or (0) what the outer interface does. Safe
   * from any thread.
   */
  public void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
    thread.run(() -> synchronizeAfter(now -> system.pathMtuChanged(tunnel, pathMtu)));
  }

  /** A peer of a unit is up. Safe from any thread; likewise the two below. */
  public void peerUp(TunnelPeer peer) {
    thread.run(() -> synchronizeAfter(now -> system.peerUp(peer)));
  }

  public void peerDown(InterfaceName tunnel, int peer) {
    thread.run(() -> synchronizeAfter(now -> system.peerDown(tunnel, peer)));
  }

  /** That may be the address of a peer that is up. */
  public void peerAddressFound(
      InterfaceName tunnel, int peer, IpAddress address, TunnelAddressSource source) {
    thread.run(() ->
        synchronizeAfter(now -> system.peerAddressFound(tunnel, peer, address, source, notices)));
  }

  /** Who is behind which next hop of the multipoint units. On the kernel thread. */
  public List<NextHopTunnel> nextHopTunnels() {
    return system.nextHopTunnels();
  }

  /** How often peers did not get a next hop that they claimed. On the kernel thread. */
  public SortedMap<String, Long> nextHopTunnelRefusals() {
    return system.nextHopTunnelRefusals();
  }

  /** What an operator has to mend, by what it concerns. On the kernel thread. */
  public SortedMap<String, String> problems() {
    return system.problems();
  }

  private void synchronizeAfter(Consumer<Instant> news) {
    trusted(() -> news.accept(thread.instant()));
    synchronize(thread.instant());
  }

  private void synchronize(Instant now) {
    trusted(() -> carryOut(now));
  }

  /** What decides about the machine and fails by a bug of ours cannot be trusted any more. */
  private void trusted(Runnable decision) {
    try {
      decision.run();
    } catch (RuntimeException e) {
      faults.fatal(new InstanceFault("system", thread.instant(), e, List.of()));
      throw e;
    }
  }

  /** Carries out what there is to do; each answer may make for more. */
  private void carryOut(Instant now) {
    for (List<SystemOperation> batch = system.nextBatch(now, notices);
        !batch.isEmpty();
        batch = system.nextBatch(now, notices)) {
      for (SystemOperation operation : batch) {
        switch (operation) {
          case SystemOperation.Change change ->
              system.completed(systemWriter.write(change), now, notices);
          case SystemOperation.ReadDevices read -> readDevices(read, now);
          case SystemOperation.ReadRules read -> readRules(read, now);
          case SystemOperation.ReadNeighbors read -> readNeighbors(read, now);
          case SystemOperation.ReadSwitches read ->
              system.switchesRead(read, SystemWriter.read(read.keys()), notices);
        }
      }
    }
  }

  private void readDevices(SystemOperation.ReadDevices read, Instant now) {
    try {
      List<KernelLink> links = netlink.links();
      List<KernelAddress> addresses = netlink.addresses();
      view.resync(links, addresses);
      isNew = true;
      tell();
      system.found(
          links.stream().map(KernelRim::found).toList(),
          addresses.stream().map(KernelRim::found).toList(),
          notices);
    } catch (IOException e) {
      LOG.error("KERNEL_DUMP_FAILED what=devices reason={}", e.getMessage());
      system.readFailed(read, now);
    }
  }

  private void readRules(SystemOperation.ReadRules read, Instant now) {
    try {
      system.rulesRead(netlink.rules(), notices);
    } catch (IOException e) {
      LOG.error("KERNEL_DUMP_FAILED what=rules reason={}", e.getMessage());
      system.readFailed(read, now);
    }
  }

  private void readNeighbors(SystemOperation.ReadNeighbors read, Instant now) {
    try {
      Map<IpAddress, Long> linkAddresses = new HashMap<>();
      for (KernelNeighbor neighbor : netlink.permanentNeighbors()) {
        if (neighbor.index() == read.index()
            && neighbor.protocol() == RouteProtocolNumber.CULVERT) {
          linkAddresses.put(neighbor.nextHop(), neighbor.linkAddress());
        }
      }
      system.neighborsRead(read, linkAddresses);
    } catch (IOException e) {
      LOG.error("KERNEL_DUMP_FAILED what=neighbors reason={}", e.getMessage());
      system.readFailed(read, now);
    }
  }

  private static FoundDevice found(KernelLink link) {
    return new FoundDevice(link.index(), link.name(), link.up(), link.mtu());
  }

  private static FoundAddress found(KernelAddress address) {
    return new FoundAddress(address.index(), address.address(), address.isOurs());
  }

  /**
   * Carries a batch out and answers for each operation. On the kernel thread.
   *
   * @param known the number of the last change of routes that was heeded
   */
  public List<FibResult> apply(List<FibOperation> operations, long known) {
    return fibWriter.write(operations, known);
  }

  /**
   * Reads a slice of the kernel's table. On the kernel thread.
   *
   * @return null if that failed
   */
  public @Nullable FibSlice read(FibRead read) {
    try {
      RouteDump dump = routeDump;
      if (read == FibRead.FIRST || dump == null) {
        if (dump != null) {
          dump.close();
        }
        dump = netlink.dumpRoutes();
      }
      routeDump = dump;
      return dump.next();
    } catch (IOException e) {
      LOG.error("KERNEL_DUMP_FAILED what=routes reason={}", e.getMessage());
      return null;
    }
  }

  // --- What the kernel says ----------------------------------------------------------------------

  /** Hears whatever has happened until then; false if more happens all the time. */
  private boolean hearAll() {
    for (int look = 0; look < MAX_LOOKS; look++) {
      if (notified()) {
        return true;
      }
    }
    return false;
  }

  /** False if more may wait. */
  private boolean notified() {
    List<KernelEvent> events = new ArrayList<>();
    boolean heardAll = true;
    try {
      heardAll = monitor.drain(events::add);
    } catch (IOException e) {
      LOG.error("KERNEL_MONITOR_FAILED reason={}", e.getMessage());
      events.add(new KernelEvent.Overrun());
    }
    trusted(() -> events.forEach(this::heard));
    tellRoutes();
    tell();
    return heardAll;
  }

  /**
   * What goes is told at once, also if it is back within the same batch: the kernel has dropped
   * routes with it.
   */
  private void heard(KernelEvent event) {
    isNew |= view.apply(event);
    switch (event) {
      case KernelEvent.LinkChanged(KernelLink link) -> {
        if (!link.up()) {
          tell();
        }
        system.deviceChanged(found(link), notices);
      }
      case KernelEvent.LinkRemoved(int index, String device) -> {
        tell();
        system.deviceGone(index, notices);
      }
      case KernelEvent.AddressAdded(KernelAddress address) -> system.addressAdded(found(address));
      case KernelEvent.AddressRemoved(KernelAddress address) -> {
        tell();
        system.addressRemoved(address.index(), address.address(), notices);
      }
      case KernelEvent.RulesChanged changed -> system.rulesChanged();
      case KernelEvent.RouteChanged(KernelRouteChange change) -> {
        if (change.route().concernsOurs()) {
          routeNews.add(change);
          lastNews = guard.heard(change);
        }
      }
      case KernelEvent.Overrun overrun -> {
        LOG.warn("KERNEL_NOTIFICATIONS_LOST");
        tellRoutes();
        listener.kernelNewsLost(guard.heardLoss());
        system.newsLost();
      }
    }
  }

  private void tellRoutes() {
    if (!routeNews.isEmpty()) {
      listener.kernelRoutesChanged(routeNews, lastNews);
      routeNews.clear();
    }
  }

  private void tell() {
    if (!isNew) {
      return;
    }
    isNew = false;
    List<InterfaceState> interfaces = view.interfaces();
    InterfaceChanges changes = InterfaceChanges.between(told, interfaces);
    if (!changes.isEmpty()) {
      changes.applyTo(told);
      listener.interfacesChanged(interfaces);
    }
  }

  /** From here on what vanishes is our own doing. Safe from any thread. */
  public void stopListening() {
    thread.run(() -> {
      thread.unwatch(monitor);
      system.stop();
    });
  }

  @Override
  public void close() {
    thread.close();
    monitor.close();
    netlink.close();
  }
}
