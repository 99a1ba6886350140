package dev.culvert.testbed;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.system.FoundAddress;
import dev.culvert.firewall.path.Session;
import dev.culvert.firewall.path.SessionReview;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.testbed.packet.Ipv4Packet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node's kernel does: devices with addresses, switches and rules, connected and programmed
 * routes, delivery to local sockets, and forwarding by the longest prefix. Like Linux it drops the
 * routes of a device that is taken down, without a word, and keeps those of a device that only lost
 * its carrier.
 *
 * <p>IPv4 only; addresses resolve to interfaces without ARP.
 */
public final class SimulatedKernel {
  /** Why a packet went no further. */
  public enum Drop {
    NO_ROUTE,
    BLACKHOLE,
    TTL_EXCEEDED,
    NOT_FORWARDED,
    DEVICE_DOWN,
    FIREWALL,
    NOBODY_LISTENS
  }

  /** Where packets for this node end. */
  @FunctionalInterface
  interface LocalDelivery {
    /** False if nobody wants it. */
    boolean deliver(InterfaceName in, Ipv4Packet packet);
  }

  /** Where packets routed into a tunnel device go. */
  @FunctionalInterface
  interface TunnelReader {
    /**
     * @param nextHop the peer's number or one of {@link PacketBatch}'s words; null for a device
     *     that is point-to-point
     */
    void read(InterfaceName tunnel, Ipv4Packet packet, @Nullable Integer nextHop);
  }

  /** Whether packets of others are passed on, by the kernel's own name for it. */
  public static final String FORWARDING = "ipv4/ip_forward";

  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0.0");
  private static final int ENETUNREACH = 101;

  private final String name;
  private final SortedMap<InterfaceName, SimulatedDevice> devices = new TreeMap<>();
  private final SortedMap<String, Integer> switches = new TreeMap<>();
  private final List<KernelRule> rules = new ArrayList<>();
  private final Map<IpPrefix, InterfaceName> connected = new HashMap<>();
  private final Map<Ipv4Address, InterfaceName> local = new HashMap<>();
  private final SimulatedRoutes routes = new SimulatedRoutes();
  private final SimulatedForwarding forwarding;
  private int nextIndex = 1;
  private KernelListener monitor = new KernelListener() {};

  SimulatedKernel(String name, EventQueue time) {
    this.name = name;
    this.forwarding = new SimulatedForwarding(this, time);
    SimulatedDevice loopback = new SimulatedDevice(nextIndex++, LOOPBACK, null);
    loopback.adminUp = true;
    loopback.carrier = true;
    devices.put(LOOPBACK, loopback);
    switches.put(FORWARDING, 0);
    rules.add(KernelRule.all(AddressFamily.INET, 0, KernelRule.LOCAL));
    rules.add(KernelRule.all(AddressFamily.INET, 32_766, KernelRule.MAIN));
    rules.add(KernelRule.all(AddressFamily.INET, 32_767, KernelRule.DEFAULT));
  }

  // --- Who uses the kernel -------------------------------------------------------------------

  void setSockets(LocalDelivery delivery) {
    forwarding.setSockets(delivery);
  }

  void setTunnelReader(TunnelReader reader) {
    forwarding.setTunnelReader(reader);
  }

  void setMonitor(KernelListener listener) {
    monitor = listener;
  }

  void removeMonitor() {
    monitor = new KernelListener() {};
  }

  // --- Devices and addresses -----------------------------------------------------------------

  /** Plugs a device in; it is down until someone sets it up. */
  public void plug(InterfaceName device, Medium medium) {
    SimulatedDevice plugged = new SimulatedDevice(nextIndex++, device, medium);
    plugged.carrier = true;
    devices.put(device, plugged);
    medium.attach(this, device);
    told(plugged);
  }

  /**
   * Makes a tunnel's device, with neither carrier nor address.
   *
   * @return its index; 0 if there is a device of that name
   */
  int addTunnel(InterfaceName tunnel, boolean multipoint) {
    if (devices.containsKey(tunnel)) {
      return 0;
    }
    SimulatedDevice made = new SimulatedDevice(nextIndex++, tunnel, null);
    made.multipoint = multipoint;
    devices.put(tunnel, made);
    switches.put(reversePathFilter(tunnel), 0);
    told(made);
    return made.index;
  }

  private static String reversePathFilter(InterfaceName device) {
    return "ipv4/conf/" + device.device() + "/rp_filter";
  }

  /** A device goes, with its routes and addresses; the medium it was at, if any. */
  public @Nullable Medium remove(InterfaceName device) {
    SimulatedDevice gone = devices.remove(device);
    if (gone == null) {
      return null;
    }
    routes.flush(device);
    switches.remove(reversePathFilter(device));
    if (gone.medium != null) {
      gone.medium.detach(this, device);
    }
    gone.addresses.keySet().forEach(address -> monitor.addressRemoved(gone.index, address));
    monitor.deviceGone(gone.index);
    changed();
    return gone.medium;
  }

  /** As when the process behind them goes away. */
  void removeTunnels() {
    for (SimulatedDevice device : List.copyOf(devices.values())) {
      if (device.medium == null && !device.name.equals(LOOPBACK)) {
        remove(device.name);
      }
    }
  }

  /** {@code ip link set NAME name OTHER}, as far as the device is down. */
  public void rename(InterfaceName from, InterfaceName to) {
    SimulatedDevice device = device(from);
    if (device.adminUp || devices.containsKey(to)) {
      throw new IllegalArgumentException(from + " is up, or there is " + to);
    }
    devices.remove(from);
    devices.put(to, device);
    device.name = to;
    if (device.medium != null) {
      device.medium.detach(this, from);
      device.medium.attach(this, to);
    }
    told(device);
  }

  public boolean has(InterfaceName device) {
    return devices.containsKey(device);
  }

  /** The name of the device of that index; null if there is none. */
  @Nullable InterfaceName name(int index) {
    return devices.values().stream()
        .filter(d -> d.index == index)
        .map(d -> d.name)
        .findFirst()
        .orElse(null);
  }

  /** Null if there is none. */
  @Nullable SimulatedDevice find(InterfaceName device) {
    return devices.get(device);
  }

  /** All devices there are. */
  List<SimulatedDevice> devices() {
    return List.copyOf(devices.values());
  }

  /**
   * {@code ip address add}; false if it is there.
   *
   * @param ours with a router's mark
   */
  public boolean addAddress(InterfaceName device, InterfaceAddress address, boolean ours) {
    SimulatedDevice changing = device(device);
    if (changing.addresses.putIfAbsent(address, ours) != null) {
      return false;
    }
    monitor.addressAdded(new FoundAddress(changing.index, address, ours));
    changed();
    return true;
  }

  /** {@code ip address delete}; whosever it is. */
  public void removeAddress(InterfaceName device, InterfaceAddress address) {
    SimulatedDevice changing = device(device);
    if (changing.addresses.remove(address) != null) {
      if (changing.addresses.isEmpty()) {
        routes.flush(device);
      }
      monitor.addressRemoved(changing.index, address);
      changed();
    }
  }

  /** Its addresses, in their order, with whether they bear a router's mark. */
  public SequencedMap<InterfaceAddress, Boolean> addresses(InterfaceName device) {
    return Collections.unmodifiableSequencedMap(device(device).addresses);
  }

  /** The operator's will, not the carrier. */
  public void setUp(InterfaceName device, boolean up) {
    SimulatedDevice changing = device(device);
    if (changing.adminUp != up) {
      changing.adminUp = up;
      if (!up) {
        routes.flush(device);
      }
      told(changing);
    }
  }

  /** Whether it is up by the operator's will. */
  public boolean isSetUp(InterfaceName device) {
    return device(device).adminUp;
  }

  public void setCarrier(InterfaceName device, boolean carrier) {
    SimulatedDevice changing = devices.get(device);
    if (changing != null && changing.carrier != carrier) {
      changing.carrier = carrier;
      told(changing);
    }
  }

  /** In octets. */
  public void setMtu(InterfaceName device, int mtu) {
    SimulatedDevice changing = device(device);
    if (changing.mtu != mtu) {
      changing.mtu = mtu;
      told(changing);
    }
  }

  /** In octets. */
  public int mtu(InterfaceName device) {
    return device(device).mtu;
  }

  SimulatedDevice device(InterfaceName device) {
    SimulatedDevice known = devices.get(device);
    if (known == null) {
      throw new IllegalArgumentException(name + " has no " + device);
    }
    return known;
  }

  private void told(SimulatedDevice device) {
    monitor.deviceChanged(device.found());
    changed();
  }

  private void changed() {
    connected.clear();
    local.clear();
    devices.forEach((device, state) -> {
      for (InterfaceAddress address : state.addresses.keySet()) {
        if (address.address() instanceof Ipv4Address v4) {
          local.put(v4, device);
          if (state.adminUp) {
            connected.putIfAbsent(address.prefix(), device);
          }
        }
      }
    });
    monitor.interfacesChanged(interfaces());
  }

  public List<InterfaceState> interfaces() {
    return devices.values().stream().map(SimulatedDevice::state).toList();
  }

  // --- Switches and rules --------------------------------------------------------------------

  /** Of {@code /proc/sys/net}; null if there is no such one. */
  public @Nullable Integer readSwitch(String key) {
    return switches.get(key);
  }

  /** Without a word to anybody; false if there is no such one. */
  public boolean writeSwitch(String key, int value) {
    return switches.replace(key, value) != null;
  }

  /** {@code ip rule}, in the order in which they are asked. */
  public List<KernelRule> rules() {
    return rules.stream().sorted(Comparator.comparingInt(KernelRule::priority)).toList();
  }

  public void addRule(KernelRule rule) {
    rules.add(rule);
    monitor.rulesChanged();
  }

  public void removeRule(KernelRule rule) {
    rules.remove(rule);
    monitor.rulesChanged();
  }

  boolean owns(InterfaceName device, Ipv4Address address) {
    return device.equals(local.get(address));
  }

  boolean isLocal(Ipv4Address address) {
    return local.containsKey(address);
  }

  // --- Routes --------------------------------------------------------------------------------

  /**
   * As netlink would.
   *
   * @return 0 or the error number
   */
  int apply(FibOperation operation) {
    if (operation instanceof FibOperation.Install install) {
      for (FibEntry.Hop hop : install.entry().nextHops()) {
        SimulatedDevice out = devices.get(hop.out());
        if (out == null || !out.adminUp) {
          return ENETUNREACH;
        }
        if (hop.gateway() != null && !isOnLink(hop.out(), hop.gateway())) {
          return ENETUNREACH;
        }
      }
    }
    return routes.apply(operation);
  }

  private boolean isOnLink(InterfaceName out, IpAddress gateway) {
    return device(out).addresses.keySet().stream().anyMatch(a -> a.prefix().contains(gateway));
  }

  /** The main table, for whoever else is at work there. */
  public SimulatedRoutes routes() {
    return routes;
  }

  /** The route in use. */
  public @Nullable FibEntry route(String prefix) {
    return routes.best(IpPrefix.parse(prefix).orElseThrow());
  }

  /**
   * Where a packet to that address goes; null if nowhere. Tables but the main one are empty here,
   * and rules for some packets concern none of the simulation's.
   */
  FibEntry.@Nullable Hop lookup(Ipv4Address destination, int flow) {
    for (KernelRule rule : rules()) {
      if (rule.scope() == KernelRule.Scope.EVERY_PACKET && rule.asksMainTable()) {
        return lookupMain(destination, flow);
      }
      if (rule.scope() == KernelRule.Scope.EVERY_PACKET
          && rule.action() != KernelRule.Action.TABLE
          && rule.action() != KernelRule.Action.NONE) {
        count(Drop.BLACKHOLE);
        return null;
      }
    }
    count(Drop.NO_ROUTE);
    return null;
  }

  private FibEntry.@Nullable Hop lookupMain(Ipv4Address destination, int flow) {
    for (int length = 32; length >= 0; length--) {
      IpPrefix prefix = IpPrefix.of(destination, length);
      InterfaceName direct = connected.get(prefix);
      if (direct != null) {
        return new FibEntry.Hop(direct, null);
      }
      FibEntry entry = routes.best(prefix);
      if (entry != null) {
        if (entry.nextHops().isEmpty()) {
          count(Drop.BLACKHOLE);
          return null;
        }
        return entry.nextHops().get(Math.floorMod(flow, entry.nextHops().size()));
      }
    }
    count(Drop.NO_ROUTE);
    return null;
  }

  /** What a socket that is not bound sends from. */
  @Nullable Ipv4Address sourceFor(Ipv4Address destination) {
    FibEntry.Hop hop = lookup(destination, 0);
    return hop == null ? null : primary(hop.out());
  }

  @Nullable Ipv4Address primary(InterfaceName device) {
    SimulatedDevice known = devices.get(device);
    return known == null
        ? null
        : known.addresses.keySet().stream()
            .map(InterfaceAddress::address)
            .filter(a -> a.family() == AddressFamily.INET)
            .map(Ipv4Address.class::cast)
            .findFirst()
            .orElse(null);
  }

  // --- Packets -------------------------------------------------------------------------------

  /** What decides over packets, beside the routes, from here on; sessions stay. */
  public void enforce(Ruleset ruleset) {
    forwarding.enforce(ruleset);
  }

  /** Ends the sessions that the condition holds for. */
  void review(SessionReview review) {
    forwarding.review(review);
  }

  /** Those of packets since there is a ruleset. */
  public List<Session> sessions() {
    return forwarding.sessions();
  }

  /** Sends a packet of this node's own, wherever it is routed. */
  void send(Ipv4Packet packet) {
    forwarding.send(packet);
  }

  /** Sends out of one device, as a socket bound to it does. */
  void sendOut(InterfaceName out, Ipv4Packet packet) {
    forwarding.sendOut(out, packet);
  }

  /** Takes a packet from a medium or a tunnel. */
  void receive(InterfaceName in, Ipv4Packet packet) {
    SimulatedDevice device = devices.get(in);
    if (device == null || !device.adminUp) {
      count(Drop.DEVICE_DOWN);
    } else {
      forwarding.receive(in, packet);
    }
  }

  private void count(Drop cause) {
    forwarding.count(cause);
  }

  public long drops(Drop cause) {
    return forwarding.drops(cause);
  }

  @Override
  public String toString() {
    return name;
  }
}
