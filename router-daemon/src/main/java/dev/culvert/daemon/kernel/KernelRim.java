package dev.culvert.daemon.kernel;

import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.FibRead;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.fib.ReplaceGuard;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.daemon.fault.Faults;
import dev.culvert.daemon.thread.PollingThread;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.netlink.KernelAddress;
import dev.culvert.tun.netlink.KernelEvent;
import dev.culvert.tun.netlink.KernelLink;
import dev.culvert.tun.netlink.KernelMonitor;
import dev.culvert.tun.netlink.KernelView;
import dev.culvert.tun.netlink.RouteDump;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.netlink.Sysctl;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's side of the router on a thread of its own: devices, addresses and routes go in,
 * notifications come out. Routing never waits for netlink.
 */
public final class KernelRim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelRim.class);
  private static final Executor RETRY = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);

  /** Who is told what the kernel says; called on the kernel thread. */
  public interface Listener {
    void interfacesChanged(List<InterfaceState> interfaces);

    /** Of others' doing, and of concern to ours; the number is that of the last. */
    void kernelRoutesChanged(List<KernelRouteChange> changes, long number);

    /** Changes of routes were missed. */
    void kernelNewsLost(long number);
  }

  private static final int SMALLEST_INET6_MTU = 1280;

  private final PollingThread thread;
  private final RtNetlink netlink;
  private final KernelMonitor monitor;
  private final KernelView view = new KernelView();
  private final IpsecDataPath dataPath;
  private final FibWriter fibWriter;
  private final TunnelDevices tunnels;
  private final Listener listener;

  /** As IKE says, whether their devices are open yet or not. */
  private final SortedSet<InterfaceName> tunnelsUp = new TreeSet<>();

  /** What IKE has found out; without an entry a path carries what the outer interface does. */
  private final SortedMap<InterfaceName, Integer> pathMtus = new TreeMap<>();

  /** An address where this router has put it; devices change their names. */
  private record Placed(int index, InterfaceAddress address) {}

  /**
   * Put there in this run and not seen to go. Kernels before 5.18 keep no marks; what an earlier
   * run has put there stays on those.
   */
  private final Set<Placed> added = new LinkedHashSet<>();

  /** Interfaces that may lack something, once what has been heard is worked off. */
  private final SequencedSet<InterfaceName> changed = new LinkedHashSet<>();

  /** Indexes of the devices that have been given their configuration. */
  private final Set<Integer> configured = new HashSet<>();

  private final ReplaceGuard guard = new ReplaceGuard();

  /** Heard, and not told yet. */
  private final List<KernelRouteChange> routeNews = new ArrayList<>();

  private long lastNews;

  /** While the kernel's table is read bit by bit. */
  private @Nullable RouteDump routeDump;

  private RouterConfig config;
  private Set<InterfaceName> startOnTraffic;
  private TunnelMtu tunnelMtu;

  /** The interfaces as they were told last. */
  private final SortedMap<InterfaceName, InterfaceState> told = new TreeMap<>();

  /** There may be something to tell. */
  private boolean isNew;

  public KernelRim(
      RouterConfig initial,
      InstantSource clock,
      IpsecDataPath dataPath,
      Listener listener,
      Faults faults)
      throws IOException {
    this.config = initial;
    this.startOnTraffic = initial.ipsec().startOnTraffic();
    this.tunnelMtu = new TunnelMtu(initial.ipsec());
    this.dataPath = dataPath;
    this.listener = listener;
    this.monitor = KernelMonitor.open();
    this.netlink = RtNetlink.open();
    this.fibWriter = new FibWriter(netlink::apply, guard, this::notified);
    this.tunnels = new TunnelDevices(netlink, dataPath);
    monitor.ignoreRoutesOf(netlink);
    this.thread = new PollingThread("kernel", EpollPoller.open(), clock, faults::fatal);
    thread.watch(monitor, this::notified);
  }

  public PollingThread thread() {
    return thread;
  }

  /** What the kernel holds that concerns our routes. Before the thread starts, then on it. */
  public List<KernelRoute> routes() throws IOException {
    return netlink.routes().stream().filter(KernelRoute::concernsOurs).toList();
  }

  /** Shows a tunnel's state as its device's carrier. Safe from any thread. */
  public void setCarrier(InterfaceName tunnel, boolean up) {
    thread.run(() -> {
      if (up) {
        tunnelsUp.add(tunnel);
      } else {
        tunnelsUp.remove(tunnel);
      }
      showCarrier(tunnel);
    });
  }

  /**
   * A tunnel that traffic is to bring up has a carrier always: the kernel gives no packets to a
   * device without.
   */
  private void showCarrier(InterfaceName tunnel) {
    tunnels.setCarrier(tunnel, tunnelsUp.contains(tunnel) || startOnTraffic.contains(tunnel));
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
      LOG.error("KERNEL_DUMP_FAILED reason={}", e.getMessage());
      return null;
    }
  }

  /** Brings devices and addresses in line with the configuration. On the kernel thread. */
  public void applySystem(RouterConfig after) {
    config = after;
    startOnTraffic = after.ipsec().startOnTraffic();
    tunnelMtu = new TunnelMtu(after.ipsec());
    resync();
    attempt("forwarding", () -> Sysctl.setIpv4Forwarding(true));
    attempt("forwarding", () -> Sysctl.setIpv6Forwarding(true));
    InterfacesConfig wanted = after.interfaces();
    for (InterfaceName tunnel : tunnels.names()) {
      if (!wanted.has(tunnel)) {
        tunnels.remove(tunnel);
        pathMtus.remove(tunnel);
      }
    }
    for (InterfacesConfig.Unit unit : wanted.units().values()) {
      attempt(
          unit.name(),
          () -> {
            if (unit.name().isSecureTunnel() && !tunnels.isOpen(unit.name())) {
              openTunnel(unit);
            }
            applyUnit(unit);
          });
    }
    resync();
    takeAwayAddresses();
    resync();
  }

  private void openTunnel(InterfacesConfig.Unit unit) {
    InterfaceName name = unit.name();
    if (!tunnels.open(name, new TunnelSettings(mtuOf(unit), config.ipsec().tcpMss()))) {
      RETRY.execute(() -> thread.run(() -> reopenTunnel(name)));
    }
  }

  private void reopenTunnel(InterfaceName name) {
    InterfacesConfig.Unit unit = config.interfaces().units().get(name);
    if (unit == null || tunnels.isOpen(name)) {
      return;
    }
    openTunnel(unit);
    if (tunnels.isOpen(name)) {
      applyUnit(unit);
    }
  }

  /** The path of a tunnel carries packets of that size, or (0) what the outer interface does. */
  public void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
    if (pathMtu == 0) {
      pathMtus.remove(tunnel);
    } else {
      pathMtus.put(tunnel, pathMtu);
    }
    InterfacesConfig.Unit unit = config.interfaces().units().get(tunnel);
    if (unit != null && tunnels.isOpen(tunnel)) {
      setMtu(unit);
    }
  }

  /** A configured MTU holds as long as the path is not known to be narrower. */
  private int mtuOf(InterfacesConfig.Unit unit) {
    Integer configured = unit.mtu();
    if (!unit.name().isSecureTunnel() && configured != null) {
      return configured;
    }
    Integer pathMtu = pathMtus.get(unit.name());
    int fitting = tunnelMtu.of(unit.name(), view::state, pathMtu == null ? 0 : pathMtu);
    if (configured == null) {
      return fitting;
    }
    return pathMtu == null ? configured : Math.min(configured, fitting);
  }

  /**
   * The kernel takes IPv6 off a narrower device; the data path sees to it that 1280 octets pass.
   */
  private int deviceMtuOf(InterfacesConfig.Unit unit) {
    boolean inet6 =
        unit.addresses().stream().anyMatch(a -> a.address().family() == AddressFamily.INET6);
    return inet6 ? Math.max(mtuOf(unit), SMALLEST_INET6_MTU) : mtuOf(unit);
  }

  private void setMtu(InterfacesConfig.Unit unit) {
    InterfaceName name = unit.name();
    // The data path first: what is too big for it meanwhile, it can answer; the network cannot.
    dataPath.setTunnelMtu(name, mtuOf(unit));
    attempt(name, () -> netlink.setMtu(name, deviceMtuOf(unit)));
  }

  private void applyUnit(InterfacesConfig.Unit unit) {
    InterfaceName name = unit.name();
    InterfaceState state = state(name);
    if (state == null && !tunnels.isOpen(name)) {
      LOG.warn("INTERFACE_MISSING interface={} device={}", name, name.device());
      return;
    }
    if (unit.mtu() != null || name.isSecureTunnel()) {
      setMtu(unit);
    }
    attempt(name, () -> netlink.setUp(name, !unit.disabled()));
    showCarrier(name);
    addAddresses(unit, state);
    if (state != null) {
      configured.add(state.index());
    }
  }

  private @Nullable InterfaceState state(InterfaceName name) {
    return view.state(name);
  }

  private void addAddresses(InterfacesConfig.Unit unit, @Nullable InterfaceState state) {
    for (InterfaceAddress address : unit.addresses()) {
      if (state != null && state.addresses().contains(address)) {
        continue;
      }
      attempt(
          unit.name(),
          () -> {
            if (state != null) {
              makeRoom(state.index(), address);
            }
            if (netlink.addAddress(unit.name(), address)) {
              added.add(new Placed(netlink.index(unit.name()), address));
            }
          });
    }
  }

  /** The kernel has an IPv6 address once on a device, with whatever prefix length. */
  private void makeRoom(int index, InterfaceAddress wanted) throws IOException {
    for (Placed own : ownAddresses()) {
      if (own.index() == index && own.address().address().equals(wanted.address())) {
        removeAddress(own);
      }
    }
  }

  /**
   * Removes what the configuration does not name and this router has put there, in this run or an
   * earlier one. What anybody else has put there, be it on an interface of ours, stays.
   */
  private void takeAwayAddresses() {
    for (Placed own : ownAddresses()) {
      InterfaceName name = view.name(own.index());
      InterfacesConfig.Unit unit = name == null ? null : config.interfaces().units().get(name);
      if (unit == null || !unit.addresses().contains(own.address())) {
        attempt(String.valueOf(name), () -> removeAddress(own));
      }
    }
  }

  private Set<Placed> ownAddresses() {
    Set<Placed> own = new LinkedHashSet<>(added);
    view.ownAddresses().forEach(a -> own.add(new Placed(a.index(), a.address())));
    return own;
  }

  private void removeAddress(Placed own) throws IOException {
    InterfaceName name = view.name(own.index());
    if (name != null && own.address().address().family() == AddressFamily.INET) {
      // Others of its subnet, an administrator's perhaps, would be removed with it.
      boolean before = Sysctl.setPromoteSecondaries(name.device(), true);
      try {
        netlink.removeAddress(own.index(), own.address());
      } finally {
        Sysctl.setPromoteSecondaries(name.device(), before);
      }
    } else {
      netlink.removeAddress(own.index(), own.address());
    }
    added.remove(own);
    LOG.info("INTERFACE_ADDRESS_REMOVED interface={} address={}", name, own.address());
  }

  private void notified() {
    List<KernelEvent> events = new ArrayList<>();
    try {
      monitor.drain(events::add);
    } catch (IOException e) {
      LOG.error("KERNEL_MONITOR_FAILED reason={}", e.getMessage());
      events.add(new KernelEvent.Overrun());
    }
    events.forEach(this::heard);
    tellRoutes();
    tell();
    List<InterfaceName> lacking = List.copyOf(changed);
    changed.clear();
    lacking.forEach(this::revive);
  }

  private void tellRoutes() {
    if (!routeNews.isEmpty()) {
      listener.kernelRoutesChanged(routeNews, lastNews);
      routeNews.clear();
    }
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
        changed.add(link.name());
      }
      case KernelEvent.LinkRemoved(int index, String device) -> {
        tell();
        configured.remove(index);
        added.removeIf(placed -> placed.index() == index);
        InterfaceName name = InterfaceName.ofDevice(device);
        if (tunnels.isDevice(name, index)) {
          tunnelLost(name);
        }
      }
      case KernelEvent.AddressAdded added -> {}
      case KernelEvent.AddressRemoved(KernelAddress address) -> {
        tell();
        added.remove(new Placed(address.index(), address.address()));
        InterfaceName name = view.name(address.index());
        if (name != null) {
          changed.add(name);
        }
      }
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
        readAgain();
      }
    }
  }

  /** A configured device that appears late, or lost what it had, gets what it lacks. */
  private void revive(InterfaceName name) {
    InterfacesConfig.Unit unit = config.interfaces().units().get(name);
    InterfaceState state = state(name);
    if (unit == null || state == null) {
      return;
    }
    if (name.isSecureTunnel() || configured.contains(state.index())) {
      addAddresses(unit, state);
    } else {
      applyUnit(unit);
    }
  }

  /** Somebody deleted the device, which left us a descriptor that leads nowhere. */
  private void tunnelLost(InterfaceName name) {
    LOG.warn("TUNNEL_DEVICE_LOST interface={}", name);
    tunnels.remove(name);
    reopenTunnel(name);
  }

  /** After a loss of notifications, when anything may have changed. */
  private void readAgain() {
    if (!resync()) {
      return;
    }
    for (InterfaceName name : tunnels.names()) {
      InterfaceState state = state(name);
      if (state == null || !tunnels.isDevice(name, state.index())) {
        tunnelLost(name);
      }
    }
    config.interfaces().units().keySet().forEach(this::revive);
  }

  private void readAgainLater(IOException reason) {
    LOG.error("KERNEL_DUMP_FAILED reason={}", reason.getMessage());
    RETRY.execute(() -> thread.run(this::readAgain));
  }

  /** False if it failed, and is to be tried again. */
  private boolean resync() {
    try {
      view.resync(netlink);
      isNew = true;
      tell();
      return true;
    } catch (IOException e) {
      readAgainLater(e);
      return false;
    }
  }

  private void tell() {
    if (!isNew) {
      return;
    }
    isNew = false;
    List<InterfaceState> interfaces = view.interfaces();
    InterfaceChanges changes = InterfaceChanges.between(told, interfaces);
    if (changes.isEmpty()) {
      return;
    }
    changes.applyTo(told);
    followOuterMtu(changes);
    listener.interfacesChanged(interfaces);
  }

  /** A tunnel's computed MTU follows the interface its outer packets leave by. */
  private void followOuterMtu(InterfaceChanges changes) {
    SortedSet<InterfaceName> followers = new TreeSet<>();
    for (InterfaceState state : changes.changed()) {
      followers.add(state.name());
      followers.addAll(tunnelMtu.tunnelsOver(state.name()));
    }
    changes.gone().forEach(outer -> followers.addAll(tunnelMtu.tunnelsOver(outer)));
    for (InterfaceName name : followers) {
      InterfacesConfig.Unit unit = config.interfaces().units().get(name);
      InterfaceState state = state(name);
      if (unit == null || state == null || !tunnels.isOpen(name)) {
        continue;
      }
      if (state.mtu() != deviceMtuOf(unit)) {
        setMtu(unit);
      }
    }
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }

  /** One interface that cannot be set up, be it by a bug of ours, spoils no other. */
  private static void attempt(Object what, Attempt attempt) {
    try {
      attempt.run();
    } catch (IOException e) {
      LOG.error("INTERFACE_SETUP_FAILED interface={} reason={}", what, e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("INTERFACE_SETUP_FAULT interface={}", what, e);
    }
  }

  /** From here on what vanishes is our own doing. Safe from any thread. */
  public void stopListening() {
    thread.run(() -> thread.unwatch(monitor));
  }

  @Override
  public void close() {
    thread.close();
    monitor.close();
    netlink.close();
  }
}
