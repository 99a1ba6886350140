package dev.culvert.testbed;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.testbed.packet.Ipv4Packet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node's kernel does: devices with addresses, connected and programmed routes, delivery to
 * local sockets, and forwarding by the longest prefix. Like Linux it drops the routes of a device
 * that is taken down, without a word, and keeps those of a device that only lost its carrier.
 *
 * <p>IPv4 only; addresses resolve to interfaces without ARP.
 */
public final class SimulatedKernel {
  /** Why a packet went no further. */
  public enum Drop {
    NO_ROUTE,
    BLACKHOLE,
    TTL_EXCEEDED,
    DEVICE_DOWN,
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
    void read(InterfaceName tunnel, Ipv4Packet packet);
  }

  private static final int DEFAULT_MTU = 1500;
  private static final int ENETUNREACH = 101;

  private static final class Device {
    final int index;
    final @Nullable Medium medium;
    boolean adminUp;
    boolean carrier;
    int mtu = DEFAULT_MTU;
    final List<InterfaceAddress> addresses = new ArrayList<>();

    Device(int index, @Nullable Medium medium) {
      this.index = index;
      this.medium = medium;
    }

    boolean isUp() {
      return adminUp && carrier;
    }
  }

  private final String name;
  private final SortedMap<InterfaceName, Device> devices = new TreeMap<>();
  private final Map<IpPrefix, InterfaceName> connected = new HashMap<>();
  private final Map<Ipv4Address, InterfaceName> local = new HashMap<>();
  private final SimulatedRoutes routes = new SimulatedRoutes();
  private final SortedMap<Drop, Long> drops = new TreeMap<>();
  private int nextIndex = 1;
  private LocalDelivery sockets = (in, packet) -> false;
  private TunnelReader tunnels = (tunnel, packet) -> {};
  private Consumer<List<InterfaceState>> monitor = interfaces -> {};
  private boolean quiet;

  SimulatedKernel(String name) {
    this.name = name;
    Device loopback = new Device(nextIndex++, null);
    loopback.adminUp = true;
    loopback.carrier = true;
    devices.put(InterfaceName.of("lo0.0"), loopback);
  }

  // --- Who uses the kernel -------------------------------------------------------------------

  void setSockets(LocalDelivery delivery) {
    sockets = delivery;
  }

  void setTunnelReader(TunnelReader reader) {
    tunnels = reader;
  }

  void setMonitor(Consumer<List<InterfaceState>> listener) {
    monitor = listener;
  }

  // --- Devices and addresses -----------------------------------------------------------------

  /** Plugs a device in; it is down until someone sets it up. */
  void plug(InterfaceName device, Medium medium) {
    Device plugged = new Device(nextIndex++, medium);
    plugged.carrier = true;
    devices.put(device, plugged);
    medium.attach(this, device);
  }

  void addTunnel(InterfaceName tunnel) {
    devices.put(tunnel, new Device(nextIndex++, null));
    changed();
  }

  /** As when the process behind a TUN device goes away. */
  void removeTunnel(InterfaceName tunnel) {
    devices.remove(tunnel);
    routes.flush(tunnel);
    changed();
  }

  boolean has(InterfaceName device) {
    return devices.containsKey(device);
  }

  void setAddresses(InterfaceName device, List<InterfaceAddress> addresses) {
    Device changing = device(device);
    if (!changing.addresses.equals(addresses)) {
      changing.addresses.clear();
      changing.addresses.addAll(addresses);
      changed();
    }
  }

  /** The operator's will, not the carrier. */
  public void setUp(InterfaceName device, boolean up) {
    Device changing = device(device);
    if (changing.adminUp != up) {
      changing.adminUp = up;
      if (!up) {
        routes.flush(device);
      }
      changed();
    }
  }

  public void setCarrier(InterfaceName device, boolean carrier) {
    Device changing = devices.get(device);
    if (changing != null && changing.carrier != carrier) {
      changing.carrier = carrier;
      changed();
    }
  }

  void setMtu(InterfaceName device, int mtu) {
    Device changing = device(device);
    if (changing.mtu != mtu) {
      changing.mtu = mtu;
      changed();
    }
  }

  private Device device(InterfaceName device) {
    Device known = devices.get(device);
    if (known == null) {
      throw new IllegalArgumentException(name + " has no " + device);
    }
    return known;
  }

  private void changed() {
    connected.clear();
    local.clear();
    devices.forEach((device, state) -> {
      for (InterfaceAddress address : state.addresses) {
        if (address.address() instanceof Ipv4Address v4) {
          local.put(v4, device);
          if (state.adminUp) {
            connected.putIfAbsent(address.prefix(), device);
          }
        }
      }
    });
    if (!quiet) {
      monitor.accept(interfaces());
    }
  }

  /** Several changes of devices, told of as one. */
  void changeTogether(Runnable changes) {
    quiet = true;
    changes.run();
    quiet = false;
    monitor.accept(interfaces());
  }

  public List<InterfaceState> interfaces() {
    List<InterfaceState> states = new ArrayList<>();
    devices.forEach((device, state) ->
        states.add(
            new InterfaceState(
                device,
                state.index,
                state.isUp(),
                device.isSecureTunnel(),
                device.device().equals("lo"),
                state.mtu,
                state.addresses)));
    return states;
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
        Device out = devices.get(hop.out());
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
    return device(out).addresses.stream().anyMatch(a -> a.prefix().contains(gateway));
  }

  /** The main table, for whoever else is at work there. */
  public SimulatedRoutes routes() {
    return routes;
  }

  /** The route in use. */
  public @Nullable FibEntry route(String prefix) {
    return routes.best(IpPrefix.parse(prefix).orElseThrow());
  }

  /** Where a packet to that address goes; null if nowhere. */
  FibEntry.@Nullable Hop lookup(Ipv4Address destination, int flow) {
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
    Device known = devices.get(device);
    return known == null
        ? null
        : known.addresses.stream()
            .map(InterfaceAddress::address)
            .filter(a -> a.family() == AddressFamily.INET)
            .map(Ipv4Address.class::cast)
            .findFirst()
            .orElse(null);
  }

  // --- Packets -------------------------------------------------------------------------------

  /** Sends a packet of this node's own, wherever it is routed. */
  void send(Ipv4Packet packet) {
    if (isLocal(packet.destination())) {
      deliver(InterfaceName.of("lo0.0"), packet);
    } else {
      route(packet);
    }
  }

  /** Sends out of one device, as a socket bound to it does. */
  void sendOut(InterfaceName out, Ipv4Packet packet) {
    transmit(out, packet.destination().isMulticast() ? null : packet.destination(), packet);
  }

  /** Takes a packet from a medium or a tunnel. */
  void receive(InterfaceName in, Ipv4Packet packet) {
    Device device = devices.get(in);
    if (device == null || !device.adminUp) {
      count(Drop.DEVICE_DOWN);
    } else if (packet.destination().isMulticast() || isLocal(packet.destination())) {
      deliver(in, packet);
    } else if (packet.ttl() <= 1) {
      count(Drop.TTL_EXCEEDED);
    } else {
      route(packet.withTtl(packet.ttl() - 1));
    }
  }

  private void deliver(InterfaceName in, Ipv4Packet packet) {
    if (!sockets.deliver(in, packet)) {
      count(Drop.NOBODY_LISTENS);
    }
  }

  private void route(Ipv4Packet packet) {
    int flow = packet.source().bits() * 31 + packet.destination().bits();
    FibEntry.Hop hop = lookup(packet.destination(), flow ^ flow >>> 16);
    if (hop != null) {
      IpAddress gateway = hop.gateway();
      transmit(hop.out(), gateway == null ? packet.destination() : (Ipv4Address) gateway, packet);
    }
  }

  private void transmit(InterfaceName out, @Nullable Ipv4Address nextHop, Ipv4Packet packet) {
    Device device = devices.get(out);
    if (device == null || !device.isUp()) {
      count(Drop.DEVICE_DOWN);
    } else if (device.medium != null) {
      device.medium.transmit(this, nextHop, packet);
    } else if (out.isSecureTunnel()) {
      tunnels.read(out, packet);
    }
  }

  private void count(Drop cause) {
    drops.merge(cause, 1L, Long::sum);
  }

  public long drops(Drop cause) {
    return drops.getOrDefault(cause, 0L);
  }

  @Override
  public String toString() {
    return name;
  }
}
