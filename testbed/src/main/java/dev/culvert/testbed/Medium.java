package dev.culvert.testbed;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.testbed.packet.Ipv4Packet;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A wire or a LAN segment: what one interface sends, the others on it get, or not. */
public final class Medium {
  /** One interface on the medium. */
  record Port(SimulatedKernel kernel, InterfaceName device) {}

  private record Direction(SimulatedKernel from, SimulatedKernel to) {}

  private final int id;
  private final String name;
  private final EventQueue time;
  private final RandomGenerator random;
  private final Trace trace;
  private final List<Port> ports = new ArrayList<>();
  private final Set<Direction> cuts = new LinkedHashSet<>();
  private final List<Consumer<Ipv4Packet>> taps = new ArrayList<>();
  private final LinkConditions conditions;
  private long sent;
  private long lost;

  Medium(int id, String name, LinkConditions conditions, SimulatedNetwork network) {
    this.id = id;
    this.name = name;
    this.conditions = conditions;
    this.time = network.time();
    this.random = network.random();
    this.trace = network.trace();
  }

  void attach(SimulatedKernel kernel, InterfaceName device) {
    ports.add(new Port(kernel, device));
  }

  void detach(SimulatedKernel kernel, InterfaceName device) {
    ports.remove(new Port(kernel, device));
  }

  /** Nothing passes between any two nodes; carriers stay, as behind a provider's modem. */
  public void cut() {
    for (Port from : ports) {
      for (Port to : ports) {
        cutOneWay(from.kernel(), to.kernel());
      }
    }
  }

  /** Nothing passes between these two. */
  public void cut(SimulatedKernel one, SimulatedKernel other) {
    cutOneWay(one, other);
    cutOneWay(other, one);
  }

  public void cutOneWay(SimulatedKernel from, SimulatedKernel to) {
    cuts.add(new Direction(from, to));
  }

  public void heal() {
    cuts.clear();
  }

  public boolean passes(SimulatedKernel from, SimulatedKernel to) {
    return !cuts.contains(new Direction(from, to));
  }

  /** Sees every packet that is put on the medium. */
  public void tap(Consumer<Ipv4Packet> listener) {
    taps.add(listener);
  }

  public long packetsSent() {
    return sent;
  }

  public long packetsLost() {
    return lost;
  }

  @Override
  public String toString() {
    return name;
  }

  /**
   * Takes a packet from a kernel.
   *
   * @param nextHop whose interface it is for; null is everyone's
   */
  void transmit(SimulatedKernel from, @Nullable Ipv4Address nextHop, Ipv4Packet packet) {
    sent++;
    trace.packet(id, packet);
    taps.forEach(tap -> tap.accept(packet));
    for (Port port : ports) {
      if (port.kernel() == from
          || (nextHop != null && !port.kernel().owns(port.device(), nextHop))) {
        continue;
      }
      boolean duplicated = chance(conditions.duplicationPercent());
      carry(from, port, packet);
      if (duplicated) {
        carry(from, port, packet);
      }
    }
  }

  private void carry(SimulatedKernel from, Port to, Ipv4Packet packet) {
    boolean losing = chance(conditions.lossPercent());
    if (losing || !passes(from, to.kernel())) {
      lost++;
      return;
    }
    long delay = conditions.delay().toNanos();
    if (chance(conditions.reorderPercent())) {
      delay += random.nextLong(4 * delay + 1);
    }
    time.afterNanos(delay, () -> to.kernel().receive(to.device(), packet));
  }

  private boolean chance(double percent) {
    return percent > 0 && random.nextDouble(100) < percent;
  }
}
