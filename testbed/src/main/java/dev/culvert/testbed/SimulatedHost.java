package dev.culvert.testbed;

import dev.culvert.core.fib.RouteProtocolNumber;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.testbed.packet.IcmpEcho;
import dev.culvert.testbed.packet.Ipv4Packet;
import dev.culvert.testbed.packet.UdpDatagram;
import java.time.Duration;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A host on a LAN (or a provider's router): static addresses and routes; answers probes. */
public final class SimulatedHost implements SimulatedNode {
  private static final int ECHO_PORT = 7;

  /** A probe and its answer. */
  public static final class Probe {
    private final Instant sentAt;
    private @Nullable Instant answeredAt;

    private Probe(Instant sentAt) {
      this.sentAt = sentAt;
    }

    public Instant sentAt() {
      return sentAt;
    }

    public boolean answered() {
      return answeredAt != null;
    }

    /** Null if there was no answer. */
    public @Nullable Duration roundTrip() {
      return answeredAt == null ? null : Duration.between(sentAt, answeredAt);
    }
  }

  private final String name;
  private final EventQueue time;
  private final SimulatedKernel kernel;
  private final SortedMap<Long, Probe> waiting = new TreeMap<>();
  private long nextProbe = 1;

  SimulatedHost(String name, EventQueue time) {
    this.name = name;
    this.time = time;
    this.kernel = new SimulatedKernel(name, time);
    kernel.writeSwitch(SimulatedKernel.FORWARDING, 1);
    kernel.setSockets(this::deliver);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public SimulatedKernel kernel() {
    return kernel;
  }

  /** Puts an address on a device that the network has plugged in, and sets it up. */
  public SimulatedHost address(String device, String address) {
    kernel.addAddress(InterfaceName.of(device), InterfaceAddress.of(address), false);
    kernel.setUp(InterfaceName.of(device), true);
    return this;
  }

  public SimulatedHost route(String prefix, String device, String gateway) {
    kernel
        .routes()
        .add(SimulatedRoutes.route(RouteProtocolNumber.STATIC, 0, prefix, device, gateway));
    return this;
  }

  public Ipv4Address address() {
    Ipv4Address address = kernel.primary(InterfaceName.of("eth0"));
    if (address == null) {
      throw new IllegalStateException(name + " has no address");
    }
    return address;
  }

  /** Sends a probe; whether it was answered shows later. */
  public Probe probe(Ipv4Address destination) {
    return probe(destination, ECHO_PORT + 1);
  }

  /** The same as a flow of its own. */
  public Probe probe(Ipv4Address destination, int sourcePort) {
    Probe probe = new Probe(time.now());
    Ipv4Address source = kernel.sourceFor(destination);
    if (source != null) {
      long id = nextProbe++;
      waiting.put(id, probe);
      Octets payload = new WireWriter().u64(id).toOctets();
      send(source, destination, sourcePort, ECHO_PORT, payload);
    }
    return probe;
  }

  private boolean deliver(InterfaceName in, Ipv4Packet packet) {
    Ipv4Packet answer = IcmpEcho.answer(packet);
    if (answer != null) {
      kernel.send(answer);
      return true;
    }
    if (packet.protocol() != Ipv4Packet.UDP
        || !(UdpDatagram.decode(packet.payload().reader())
            instanceof Decoded.Ok<UdpDatagram>(var udp))) {
      return false;
    }
    if (udp.destinationPort() == ECHO_PORT) {
      send(packet.destination(), packet.source(), ECHO_PORT, udp.sourcePort(), udp.payload());
      return true;
    }
    Probe probe = waiting.remove(udp.payload().reader().u64("probe"));
    if (probe != null) {
      probe.answeredAt = time.now();
    }
    return udp.sourcePort() == ECHO_PORT;
  }

  private void send(Ipv4Address from, Ipv4Address to, int fromPort, int toPort, Octets payload) {
    kernel.send(
        new Ipv4Packet(
            from,
            to,
            Ipv4Packet.UDP,
            Ipv4Packet.DEFAULT_TTL,
            new UdpDatagram(fromPort, toPort, payload).encode()));
  }

  @Override
  public String toString() {
    return name;
  }
}
