package dev.culvert.daemon.io;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.forwarding.IpsecDataPath;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import dev.culvert.tun.EpollPoller;
import dev.culvert.tun.TunDevice;
import dev.culvert.tun.netlink.FibFailure;
import dev.culvert.tun.netlink.KernelEvent;
import dev.culvert.tun.netlink.KernelMonitor;
import dev.culvert.tun.netlink.KernelRoute;
import dev.culvert.tun.netlink.KernelView;
import dev.culvert.tun.netlink.RouteProtocolNumber;
import dev.culvert.tun.netlink.RtNetlink;
import dev.culvert.tun.netlink.Sysctl;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's side of the router on a thread of its own: devices, addresses and routes go in,
 * notifications come out. Routing never waits for netlink.
 */
final class KernelRim implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KernelRim.class);

  /** Who is told what the kernel says; called on the kernel thread. */
  interface Listener {
    void interfacesChanged(List<InterfaceState> interfaces);

    void kernelRouteChanged(IpPrefix prefix, @Nullable FibEntry entry);
  }

  private static final int SMALLEST_INET6_MTU = 1280;

  private final PollingThread thread;
  private final RtNetlink netlink;
  private final KernelMonitor monitor;
  private final KernelView view = new KernelView();
  private final IpsecDataPath dataPath;
  private final Listener listener;

  /** Written by the kernel thread only; carriers are set from the IKE thread. */
  private final ConcurrentSkipListMap<InterfaceName, TunDevice> tunnels =
      new ConcurrentSkipListMap<>();

  /** What IKE has found out; without an entry a path carries what the outer interface does. */
  private final SortedMap<InterfaceName, Integer> pathMtus = new TreeMap<>();

  private volatile RouterConfig config;
  private List<InterfaceState> told = List.of();

  KernelRim(RouterConfig initial, InstantSource clock, IpsecDataPath dataPath, Listener listener)
      throws IOException {
    this.config = initial;
    this.dataPath = dataPath;
    this.listener = listener;
    this.monitor = KernelMonitor.open();
    this.netlink = RtNetlink.open();
    monitor.ignoreRoutesOf(netlink);
    this.thread = new PollingThread("kernel", EpollPoller.open(), clock);
    thread.watch(monitor, this::notified);
  }

  PollingThread thread() {
    return thread;
  }

  /** Routes that an earlier run of this router left behind. Before the thread starts. */
  List<FibEntry> leftovers() throws IOException {
    return netlink.routes(RouteProtocolNumber.CULVERT).stream().map(KernelRoute::entry).toList();
  }

  /**
   * Shows a tunnel's state as the device's carrier. One that traffic is to bring up keeps it: the
   * kernel gives no packets to a device without. Safe from any thread.
   */
  void setCarrier(InterfaceName tunnel, boolean up) {
    TunDevice device = tunnels.get(tunnel);
    if (device != null) {
      try {
        device.setCarrier(up || config.ipsec().startsOnTraffic(tunnel));
      } catch (IOException e) {
        LOG.warn("TUNNEL_CARRIER_FAILED interface={} reason={}", tunnel, e.getMessage());
      }
    }
  }

  /** Carries a batch out and hands the failures on. On the kernel thread. */
  List<FibFailure> apply(List<FibOperation> operations) {
    try {
      return netlink.apply(operations);
    } catch (IOException e) {
      LOG.error("FIB_UPDATE_FAILED operations={} reason={}", operations.size(), e.getMessage());
      List<FibFailure> all = new ArrayList<>();
      operations.forEach(o -> all.add(new FibFailure(o, 0, String.valueOf(e.getMessage()))));
      return all;
    }
  }

  /** Brings devices and addresses in line with the configuration. On the kernel thread. */
  void applySystem(RouterConfig before, RouterConfig after) {
    config = after;
    resync();
    attempt("forwarding", () -> Sysctl.setIpv4Forwarding(true));
    attempt("forwarding", () -> Sysctl.setIpv6Forwarding(true));
    InterfacesConfig wanted = after.interfaces();
    for (InterfaceName tunnel : new TreeSet<>(tunnels.keySet())) {
      if (!wanted.has(tunnel)) {
        tunnels.remove(tunnel);
        pathMtus.remove(tunnel);
        dataPath.removeTunnel(tunnel);
      }
    }
    for (InterfacesConfig.Unit unit : wanted.units().values()) {
      if (unit.name().isSecureTunnel() && !tunnels.containsKey(unit.name())) {
        openTunnel(unit);
      }
      applyUnit(unit, before.interfaces().units().get(unit.name()));
    }
    // What an earlier configuration put on an interface that this one no longer names.
    for (InterfacesConfig.Unit gone : before.interfaces().units().values()) {
      if (!wanted.has(gone.name()) && !gone.name().isSecureTunnel()) {
        gone.addresses()
            .forEach(a -> attempt(gone.name(), () -> netlink.removeAddress(gone.name(), a)));
      }
    }
    resync();
  }

  private void openTunnel(InterfacesConfig.Unit unit) {
    InterfaceName name = unit.name();
    try {
      TunDevice device = TunDevice.open(name);
      tunnels.put(name, device);
      dataPath.addTunnel(device, new TunnelSettings(mtuOf(unit), config.ipsec().tcpMss()));
      Sysctl.setReversePathFilter(name, Sysctl.ReversePathFilter.OFF);
    } catch (IOException e) {
      LOG.error("TUNNEL_OPEN_FAILED interface={} reason={}", name, e.getMessage());
    }
  }

  /** The path of a tunnel carries packets of that size, or (0) what the outer interface does. */
  void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
    if (pathMtu == 0) {
      pathMtus.remove(tunnel);
    } else {
      pathMtus.put(tunnel, pathMtu);
    }
    InterfacesConfig.Unit unit = config.interfaces().units().get(tunnel);
    if (unit != null && tunnels.containsKey(tunnel)) {
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
    int fitting =
        TunnelMtu.of(unit.name(), config, view.interfaces(), pathMtu == null ? 0 : pathMtu);
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

  private void applyUnit(InterfacesConfig.Unit unit, InterfacesConfig.@Nullable Unit before) {
    InterfaceName name = unit.name();
    Optional<InterfaceState> state =
        view.interfaces().stream().filter(i -> i.name().equals(name)).findFirst();
    if (state.isEmpty() && !tunnels.containsKey(name)) {
      LOG.warn("INTERFACE_MISSING interface={} device={}", name, name.device());
      return;
    }
    if (unit.mtu() != null || name.isSecureTunnel()) {
      setMtu(unit);
    }
    attempt(name, () -> netlink.setUp(name, !unit.disabled()));
    if (config.ipsec().startsOnTraffic(name)) {
      setCarrier(name, true);
    }
    if (unit.managed() || (before != null && before.managed())) {
      applyAddresses(unit, state.map(InterfaceState::addresses).orElse(List.of()));
    }
  }

  /** The configuration is the truth of a family it names; the kernel's own link-locals stay. */
  private void applyAddresses(InterfacesConfig.Unit unit, List<InterfaceAddress> present) {
    Set<InterfaceAddress> wanted = new TreeSet<>(unit.addresses());
    for (InterfaceAddress address : present) {
      boolean own =
          address.address().isLoopback()
              || (address.address() instanceof Ipv6Address v6 && v6.isLinkLocal());
      boolean familyManaged =
          wanted.stream().anyMatch(w -> w.address().family() == address.address().family());
      if (!wanted.contains(address) && !own && familyManaged) {
        attempt(unit.name(), () -> netlink.removeAddress(unit.name(), address));
      }
    }
    for (InterfaceAddress address : unit.addresses()) {
      attempt(unit.name(), () -> netlink.addAddress(unit.name(), address));
    }
  }

  private void notified() {
    try {
      List<KernelEvent> events = new ArrayList<>();
      monitor.drain(events::add);
      boolean changed = false;
      for (KernelEvent event : events) {
        changed |= view.apply(event);
        routeEvent(event);
        if (event instanceof KernelEvent.Overrun) {
          LOG.warn("KERNEL_NOTIFICATIONS_LOST");
          view.resync(netlink);
          changed = true;
        }
        if (event instanceof KernelEvent.LinkChanged(var link)) {
          reviveUnit(link.name());
        }
      }
      if (changed) {
        tell();
      }
    } catch (IOException e) {
      LOG.error("KERNEL_MONITOR_FAILED reason={}", e.getMessage());
    }
  }

  private void routeEvent(KernelEvent event) {
    switch (event) {
      case KernelEvent.RouteAdded(KernelRoute route) when route.isOurs() ->
          listener.kernelRouteChanged(route.entry().prefix(), route.entry());
      case KernelEvent.RouteRemoved(KernelRoute route) when route.isOurs() ->
          listener.kernelRouteChanged(route.entry().prefix(), null);
      default -> {}
    }
  }

  /** A configured device that appears late, or was taken down and up, gets its addresses again. */
  private void reviveUnit(InterfaceName name) {
    InterfacesConfig.Unit unit = config.interfaces().units().get(name);
    if (unit == null || !unit.managed() || name.isSecureTunnel()) {
      return;
    }
    List<InterfaceAddress> present =
        view.interfaces().stream()
            .filter(i -> i.name().equals(name))
            .flatMap(i -> i.addresses().stream())
            .toList();
    for (InterfaceAddress address : unit.addresses()) {
      if (!present.contains(address)) {
        attempt(name, () -> netlink.addAddress(name, address));
      }
    }
  }

  private void resync() {
    try {
      view.resync(netlink);
      tell();
    } catch (IOException e) {
      LOG.error("KERNEL_DUMP_FAILED reason={}", e.getMessage());
    }
  }

  private void tell() {
    List<InterfaceState> interfaces = view.interfaces();
    if (interfaces.equals(told)) {
      return;
    }
    told = interfaces;
    followOuterMtu(interfaces);
    listener.interfacesChanged(interfaces);
  }

  /** A tunnel's computed MTU follows the interface its outer packets leave by. */
  private void followOuterMtu(List<InterfaceState> interfaces) {
    for (Map.Entry<InterfaceName, TunDevice> entry : tunnels.entrySet()) {
      InterfacesConfig.Unit unit = config.interfaces().units().get(entry.getKey());
      InterfaceState state =
          interfaces.stream().filter(i -> i.name().equals(entry.getKey())).findFirst().orElse(null);
      if (unit == null || state == null || state.mtu() == deviceMtuOf(unit)) {
        continue;
      }
      setMtu(unit);
    }
  }

  @FunctionalInterface
  private interface Attempt {
    void run() throws IOException;
  }

  private static void attempt(Object what, Attempt attempt) {
    try {
      attempt.run();
    } catch (IOException e) {
      LOG.error("INTERFACE_SETUP_FAILED interface={} reason={}", what, e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.close();
    monitor.close();
    netlink.close();
  }
}
