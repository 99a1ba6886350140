package dev.culvert.engine.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.engine.Deadline;
import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A synchronizer in virtual time and a kernel, as simple as can be, that does what it says, tells
 * of changes as Linux does, and can be made to refuse.
 */
final class ModelSystem {
  static final String VPN =
      """
      interfaces {
          eth0 { unit 0 { family inet { address 192.0.2.1/24; } } }
          st0 { unit 0 { family inet { address 172.16.0.1/30; } } }
      }
      security {
          ike {
              proposal p { authentication-method pre-shared-keys; dh-group group19;
                  encryption-algorithm aes-256-gcm; }
              policy p { proposals p; pre-shared-key ascii-text "a long test key"; }
              gateway g { ike-policy p; address 192.0.2.9; external-interface eth0.0;
                  version v2-only; }
          }
          ipsec {
              proposal p { protocol esp; encryption-algorithm aes-256-gcm; }
              policy p { proposals p; }
              vpn v { bind-interface st0.0; ike { gateway g; ipsec-policy p; } }
          }
      }
      """;

  /** A device of the model's kernel. */
  static final class Device {
    final int index;
    InterfaceName name;
    boolean up;
    int mtu;
    boolean carrier;

    /** With whether they bear our mark. */
    final SortedMap<InterfaceAddress, Boolean> addresses = new TreeMap<>();

    /** Link addresses by next hop, all of them ours. */
    final SortedMap<IpAddress, Long> neighbors = new TreeMap<>();

    boolean multipoint;

    Device(int index, InterfaceName name) {
      this.index = index;
      this.name = name;
      this.mtu = 1500;
    }

    FoundDevice found() {
      return new FoundDevice(index, name, up, mtu);
    }
  }

  final SystemSynchronizer system = new SystemSynchronizer();
  final SortedMap<Integer, Device> devices = new TreeMap<>();
  final SortedMap<String, Integer> switches = new TreeMap<>();
  final List<KernelRule> rules = new ArrayList<>();

  /** All that was asked for, but for reading. */
  final List<SystemOperation.Change> asked = new ArrayList<>();

  final List<Notice> notices = new ArrayList<>();
  Instant now = Instant.EPOCH;
  int reads;

  /** Refused with EBUSY. */
  Predicate<SystemOperation> refused = operation -> false;

  /** Refused with ENOBUFS, where there is nothing to be changed. */
  boolean readsFail;

  private int nextIndex = 1;

  ModelSystem() {
    switches.put("ipv4/ip_forward", 0);
    switches.put("ipv6/conf/all/forwarding", 0);
    for (AddressFamily family : AddressFamily.values()) {
      rules.add(KernelRule.all(family, 0, KernelRule.LOCAL));
      rules.add(KernelRule.all(family, 32_766, KernelRule.MAIN));
    }
    Device loopback = new Device(nextIndex++, InterfaceName.of("lo0.0"));
    loopback.up = true;
    devices.put(loopback.index, loopback);
  }

  static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("test.conf", text, diagnostics);
    assertThat(diagnostics.hasErrors()).as(diagnostics.findings().toString()).isFalse();
    return config;
  }

  // --- What others do ----------------------------------------------------------------------------

  /** A device comes. */
  Device plug(String name) {
    Device device = new Device(nextIndex++, InterfaceName.of(name));
    devices.put(device.index, device);
    tell(device);
    return device;
  }

  void unplug(Device device) {
    devices.remove(device.index);
    device.addresses.keySet().forEach(a -> told().addressRemoved(device.index, a, notices::add));
    told().deviceGone(device.index, notices::add);
  }

  void rename(Device device, String name) {
    device.name = InterfaceName.of(name);
    tell(device);
  }

  void setUp(Device device, boolean up) {
    device.up = up;
    if (!up) {
      device.neighbors.clear();
    }
    tell(device);
  }

  void setMtu(Device device, int mtu) {
    device.mtu = mtu;
    tell(device);
  }

  void add(Device device, String address) {
    put(device, InterfaceAddress.of(address), false);
  }

  void remove(Device device, String address) {
    take(device, InterfaceAddress.of(address));
  }

  private SystemSynchronizer told() {
    return system;
  }

  private void tell(Device device) {
    told().deviceChanged(device.found(), notices::add);
  }

  private void put(Device device, InterfaceAddress address, boolean ours) {
    device.addresses.put(address, ours);
    told().addressAdded(new FoundAddress(device.index, address, ours));
  }

  private void take(Device device, InterfaceAddress address) {
    device.addresses.remove(address);
    told().addressRemoved(device.index, address, notices::add);
  }

  // --- The router --------------------------------------------------------------------------------

  void configure(String text) {
    RouterConfig config = read(text);
    system.configured(config, now);
    settle();
  }

  /** Carries out all there is to do at this moment. */
  void settle() {
    int rounds = 0;
    for (List<SystemOperation> batch = system.nextBatch(now, notices::add);
        !batch.isEmpty();
        batch = system.nextBatch(now, notices::add)) {
      batch.forEach(this::carryOut);
      assertThat(++rounds).as("rounds, of which the last is %s", batch).isLessThan(100);
    }
  }

  /** Lets time pass, with all that is due meanwhile. */
  void pass(Duration time) {
    Instant end = now.plus(time);
    int steps = 0;
    for (Deadline next = system.nextDeadline();
        next != null && !next.at().isAfter(end);
        next = system.nextDeadline()) {
      now = next.at().isBefore(now) ? now : next.at();
      settle();
      assertThat(++steps).as("deadlines, of which the last is %s", next).isLessThan(1000);
    }
    now = end;
    settle();
  }

  private void carryOut(SystemOperation operation) {
    switch (operation) {
      case SystemOperation.Change change -> {
        asked.add(change);
        SystemResult result =
            refused.test(change)
                ? SystemResult.failed(change, 16, "in use by another process")
                : made(change);
        system.completed(result, now, notices::add);
      }
      case SystemOperation.ReadDevices read when readsFail -> system.readFailed(read, now);
      case SystemOperation.ReadRules read when readsFail -> system.readFailed(read, now);
      case SystemOperation.ReadDevices read -> {
        reads++;
        List<FoundAddress> addresses = new ArrayList<>();
        devices
            .values()
            .forEach(device ->
                device.addresses.forEach((address, ours) ->
                    addresses.add(new FoundAddress(device.index, address, ours))));
        system.found(
            devices.values().stream().map(Device::found).toList(), addresses, notices::add);
      }
      case SystemOperation.ReadRules read -> system.rulesRead(rules, notices::add);
      case SystemOperation.ReadNeighbors read ->
          system.neighborsRead(read, Map.copyOf(devices.get(read.index()).neighbors));
      case SystemOperation.ReadSwitches read -> {
        SortedMap<String, Integer> values = new TreeMap<>(switches);
        values.keySet().retainAll(read.keys());
        system.switchesRead(read, values, notices::add);
      }
    }
  }

  private SystemResult made(SystemOperation.Change change) {
    switch (change) {
      case SystemOperation.OpenTunnel c -> {
        Device device = plug(c.name().toString());
        device.multipoint = c.settings().multipoint();
        switches.put("ipv4/conf/" + c.name().device() + "/rp_filter", 2);
        switches.put("ipv6/conf/" + c.name().device() + "/accept_ra", 1);
        return SystemResult.opened(c, device.index);
      }
      case SystemOperation.CloseTunnel c -> {
        Device device = find(c.name());
        if (device != null) {
          unplug(device);
        }
      }
      case SystemOperation.SetTunnel c -> {}
      case SystemOperation.SetCarrier c -> device(c.name()).carrier = c.up();
      case SystemOperation.SetMtu c -> {
        return onDevice(c, c.index(), device -> setMtu(device, c.mtu()));
      }
      case SystemOperation.SetUp c -> {
        return onDevice(c, c.index(), device -> setUp(device, c.up()));
      }
      case SystemOperation.AddAddress c -> {
        Device device = devices.get(c.index());
        boolean isThere =
            device != null
                && device.addresses.keySet().stream()
                    .anyMatch(a ->
                        a.equals(c.address())
                            || (a.address().equals(c.address().address())
                                && a.address().family() == AddressFamily.INET6));
        return isThere
            ? SystemResult.failed(c, SystemResult.EEXIST, "exists already")
            : onDevice(c, c.index(), d -> put(d, c.address(), true));
      }
      case SystemOperation.RemoveAddress c -> {
        return onDevice(c, c.index(), device -> take(device, c.address()));
      }
      case SystemOperation.SetNeighbor c -> {
        return onDevice(c, c.index(), d -> d.neighbors.put(c.nextHop(), c.linkAddress()));
      }
      case SystemOperation.RemoveNeighbor c -> {
        return onDevice(c, c.index(), d -> d.neighbors.remove(c.nextHop()));
      }
      case SystemOperation.SetSwitch c -> switches.put(c.key(), c.value());
    }
    return SystemResult.done(change);
  }

  private SystemResult onDevice(SystemOperation.Change change, int index, Consumer<Device> work) {
    Device device = devices.get(index);
    if (device == null) {
      return SystemResult.failed(change, SystemResult.ENODEV, "no such device");
    }
    work.accept(device);
    return SystemResult.done(change);
  }

  // --- What there is -----------------------------------------------------------------------------

  private Device find(InterfaceName name) {
    return devices.values().stream().filter(d -> d.name.equals(name)).findFirst().orElse(null);
  }

  Device device(InterfaceName name) {
    Device device = find(name);
    assertThat(device).as("device %s", name).isNotNull();
    return device;
  }

  Device device(String name) {
    return device(InterfaceName.of(name));
  }

  List<String> addresses(String name) {
    return device(name).addresses.keySet().stream().map(InterfaceAddress::toString).toList();
  }

  SortedSet<String> tags() {
    SortedSet<String> tags = new TreeSet<>();
    notices.forEach(notice -> tags.add(notice.tag()));
    return tags;
  }

  Map<String, String> problems() {
    return system.problems();
  }

  /** What was asked for since the last call. */
  List<SystemOperation.Change> takeAsked() {
    List<SystemOperation.Change> taken = List.copyOf(asked);
    asked.clear();
    return taken;
  }
}
