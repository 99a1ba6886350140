package dev.culvert.testbed;

import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.engine.ProtocolEngine;
import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.system.FoundAddress;
import dev.culvert.engine.system.FoundDevice;
import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.engine.system.SystemOperation;
import dev.culvert.engine.system.SystemResult;
import dev.culvert.engine.system.SystemSynchronizer;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The kernel thread of a simulated router: the daemon's own decisions about devices, addresses and
 * switches, carried out on a {@link SimulatedKernel}.
 */
final class SimulatedSystem implements KernelListener {
  private static final Duration NETLINK_TIME = Duration.ofNanos(200_000);
  private static final int EBUSY = 16;
  private static final int ENOENT = 2;

  private final SystemSynchronizer system = new SystemSynchronizer();
  private final SimulatedKernel kernel;
  private final EventQueue time;
  private final EngineDriver<Consumer<SystemSynchronizer>, SystemOperation> driver;
  private final Consumer<List<InterfaceState>> interfaces;
  private final Consumer<Notice> notices;
  private boolean ended;

  /**
   * @param interfaces told of all interfaces after any change
   */
  SimulatedSystem(
      SimulatedKernel kernel,
      EventQueue time,
      Consumer<List<InterfaceState>> interfaces,
      Consumer<Notice> notices) {
    this.kernel = kernel;
    this.time = time;
    this.interfaces = interfaces;
    this.notices = notices;
    this.driver =
        new EngineDriver<>(
            time, new Loop(), operation -> time.after(NETLINK_TIME, () -> carryOut(operation)));
  }

  /** What the synchronizer is told, and what it asks for, one after the other. */
  private final class Loop
      implements ProtocolEngine<Consumer<SystemSynchronizer>, SystemOperation> {
    @Override
    public void handle(
        Consumer<SystemSynchronizer> event,
        Instant now,
        ActionSink<? super SystemOperation> actions) {
      event.accept(system);
      advance(now, actions);
    }

    @Override
    public void advance(Instant now, ActionSink<? super SystemOperation> actions) {
      for (List<SystemOperation> batch = system.nextBatch(now, notices);
          !batch.isEmpty();
          batch = system.nextBatch(now, notices)) {
        batch.forEach(actions::add);
      }
    }

    @Override
    public @Nullable Deadline nextDeadline() {
      return system.nextDeadline();
    }
  }

  void configured(RouterConfig config) {
    tell(s -> s.configured(config, time.now()));
  }

  void tunnelChanged(InterfaceName tunnel, boolean up) {
    tell(s -> s.tunnelChanged(tunnel, up));
  }

  void pathMtuChanged(InterfaceName tunnel, int pathMtu) {
    tell(s -> s.pathMtuChanged(tunnel, pathMtu));
  }

  void peerUp(TunnelPeer peer) {
    tell(s -> s.peerUp(peer));
  }

  void peerDown(InterfaceName tunnel, int peer) {
    tell(s -> s.peerDown(tunnel, peer));
  }

  void peerAddressFound(
      InterfaceName tunnel, int peer, IpAddress address, TunnelAddressSource source) {
    tell(s -> s.peerAddressFound(tunnel, peer, address, source, notices));
  }

  List<NextHopTunnel> nextHopTunnels() {
    return system.nextHopTunnels();
  }

  SortedMap<String, String> problems() {
    return system.problems();
  }

  /** The thread is gone. */
  void end() {
    ended = true;
    driver.stop();
  }

  private void tell(Consumer<SystemSynchronizer> news) {
    driver.submit(news);
  }

  // --- What it asks for --------------------------------------------------------------------------

  private void carryOut(SystemOperation operation) {
    if (ended) {
      return;
    }
    switch (operation) {
      case SystemOperation.Change change -> {
        SystemResult result = made(change);
        tell(s -> s.completed(result, time.now(), notices));
      }
      case SystemOperation.ReadDevices read -> {
        List<FoundDevice> devices = kernel.devices().stream().map(SimulatedDevice::found).toList();
        List<FoundAddress> addresses =
            kernel.devices().stream().flatMap(d -> d.foundAddresses().stream()).toList();
        tell(s -> s.found(devices, addresses, notices));
      }
      case SystemOperation.ReadRules read -> {
        List<KernelRule> rules = kernel.rules();
        tell(s -> s.rulesRead(rules, notices));
      }
      case SystemOperation.ReadNeighbors read -> {
        SimulatedDevice device = kernel.find(read.name());
        if (device != null) {
          Map<IpAddress, Long> neighbors = Map.copyOf(device.neighbors);
          tell(s -> s.neighborsRead(read, neighbors));
        }
      }
      case SystemOperation.ReadSwitches read -> {
        SortedMap<String, Integer> values = new TreeMap<>();
        for (String key : read.keys()) {
          Integer value = kernel.readSwitch(key);
          if (value != null) {
            values.put(key, value);
          }
        }
        tell(s -> s.switchesRead(read, values, notices));
      }
    }
  }

  private SystemResult made(SystemOperation.Change change) {
    return switch (change) {
      case SystemOperation.OpenTunnel c -> {
        int index = kernel.addTunnel(c.name(), c.settings().multipoint());
        yield index == 0
            ? SystemResult.failed(c, EBUSY, "in use by another process")
            : SystemResult.opened(c, index);
      }
      case SystemOperation.CloseTunnel c -> {
        kernel.remove(c.name());
        yield SystemResult.done(c);
      }
      // The simulated links carry packets of any size.
      case SystemOperation.SetTunnel c -> SystemResult.done(c);
      case SystemOperation.SetCarrier c -> {
        kernel.setCarrier(c.name(), c.up());
        yield SystemResult.done(c);
      }
      case SystemOperation.SetMtu c -> onDevice(c, c.index(), d -> kernel.setMtu(d, c.mtu()));
      case SystemOperation.SetUp c -> onDevice(c, c.index(), d -> kernel.setUp(d, c.up()));
      case SystemOperation.AddAddress c -> {
        InterfaceName device = kernel.name(c.index());
        yield device != null && !kernel.addAddress(device, c.address(), true)
            ? SystemResult.failed(c, SystemResult.EEXIST, "exists already")
            : device == null ? gone(c) : SystemResult.done(c);
      }
      case SystemOperation.RemoveAddress c ->
          onDevice(c, c.index(), d -> kernel.removeAddress(d, c.address()));
      case SystemOperation.SetNeighbor c ->
          onDevice(c, c.index(), d -> kernel.device(d).neighbors.put(c.nextHop(), c.linkAddress()));
      case SystemOperation.RemoveNeighbor c ->
          onDevice(c, c.index(), d -> kernel.device(d).neighbors.remove(c.nextHop()));
      case SystemOperation.SetSwitch c ->
          kernel.writeSwitch(c.key(), c.value())
              ? SystemResult.done(c)
              : SystemResult.failed(c, ENOENT, "no such file or entry");
    };
  }

  private SystemResult onDevice(
      SystemOperation.Change change, int index, Consumer<InterfaceName> work) {
    InterfaceName device = kernel.name(index);
    if (device == null) {
      return gone(change);
    }
    work.accept(device);
    return SystemResult.done(change);
  }

  private static SystemResult gone(SystemOperation.Change change) {
    return SystemResult.failed(change, SystemResult.ENODEV, "no such device");
  }

  // --- What the kernel tells ---------------------------------------------------------------------

  @Override
  public void deviceChanged(FoundDevice device) {
    tell(s -> s.deviceChanged(device, notices));
  }

  @Override
  public void deviceGone(int index) {
    tell(s -> s.deviceGone(index, notices));
  }

  @Override
  public void addressAdded(FoundAddress address) {
    tell(s -> s.addressAdded(address));
  }

  @Override
  public void addressRemoved(int index, InterfaceAddress address) {
    tell(s -> s.addressRemoved(index, address, notices));
  }

  @Override
  public void rulesChanged() {
    tell(SystemSynchronizer::rulesChanged);
  }

  @Override
  public void interfacesChanged(List<InterfaceState> all) {
    interfaces.accept(all);
  }
}
