package dev.culvert.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.RipNeighborConfig;
import dev.culvert.rip.config.SendMode;
import dev.culvert.rip.packet.RipFlavor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Fits the running interfaces to the configuration and the devices, touching what changed. */
final class Reconfiguration {
  private final RipInstance instance;

  Reconfiguration(RipInstance instance) {
    this.instance = instance;
  }

  void apply(RipConfig after) {
    instance.config = after;
    // Whoever goes takes leave of what was advertised before.
    List.copyOf(instance.running.keySet()).forEach(this::leaveIfGone);
    instance.exports.configured(after);
    for (RipGroupConfig group : after.groups().values()) {
      group.neighbors().keySet().forEach(this::fitIfThere);
    }
    if (after.isEmpty()) {
      instance.table.settle();
      instance.table.forgetHeldDown();
    }
  }

  /** A device came, went or changed. */
  void linkChanged(InterfaceName name) {
    leaveIfGone(name);
    fitIfThere(name);
  }

  private void leaveIfGone(InterfaceName name) {
    RipNeighbor on = instance.running.get(name);
    if (on == null) {
      return;
    }
    RipGroupConfig group = instance.config.groupOf(name);
    boolean stays = group != null && group.name().equals(on.group.name());
    if (!stays || instance.links.get(name) == null) {
      down(on);
      instance.running.remove(name);
    }
  }

  private void fitIfThere(InterfaceName name) {
    RipGroupConfig group = instance.config.groupOf(name);
    InterfaceState link = instance.links.get(name);
    RipNeighborConfig config = group == null ? null : group.neighbors().get(name);
    if (group != null && config != null && link != null) {
      fit(group, config, link);
    }
  }

  private void fit(RipGroupConfig group, RipNeighborConfig config, InterfaceState link) {
    RipNeighbor on =
        instance.running.computeIfAbsent(
            config.name(), n -> new RipNeighbor(instance.flavor, group, config, link));
    IpAddress source = link.up() && !link.loopback() ? sourceAddress(link) : null;
    boolean another =
        !Objects.equals(source, on.source)
            || on.link.index() != link.index()
            || on.link.pointToPoint() != link.pointToPoint()
            || on.config.pointToMultipoint() != config.pointToMultipoint();
    if (on.isUp() && another) {
      down(on);
    }
    boolean goesSilent = on.sends() && config.send() == SendMode.NONE;
    if (goesSilent) {
      instance.transmitter.farewell(on);
    }
    Differences differences = Differences.between(on, group, config, link);
    on.group = group;
    on.config = config;
    on.link = link;
    if (!on.isUp() && source != null) {
      up(on, source);
    } else if (on.isUp()) {
      adapt(on, differences);
    }
  }

  /** How what is wanted of an interface differs from what was. */
  private record Differences(
      boolean acceptance, boolean liveness, boolean interval, boolean keys, boolean sending) {
    static Differences between(
        RipNeighbor on, RipGroupConfig group, RipNeighborConfig config, InterfaceState link) {
      RipNeighborConfig before = on.config;
      return new Differences(
          before.metricIn() != config.metricIn()
              || !before.imported().equals(config.imported())
              || on.group.preference() != group.preference()
              || !on.link.addresses().equals(link.addresses()),
          !Objects.equals(before.liveness(), config.liveness()),
          !before.updateInterval().equals(config.updateInterval()),
          !before.authentication().equals(config.authentication()),
          before.send() != config.send()
              || !before.peers().equals(config.peers())
              || before.dynamicPeers() != config.dynamicPeers());
    }
  }

  /** What can change while the interface goes on speaking. */
  private void adapt(RipNeighbor on, Differences differences) {
    if (on.config.receive() == ReceiveMode.NONE) {
      instance.peers.forgetAll(on);
    }
    if (differences.acceptance()) {
      instance.table.acceptAgain(on);
    }
    if (differences.liveness()) {
      instance.peers.watchAgain(on);
    }
    if (differences.keys()) {
      on.peers.values().forEach(peer -> peer.leastSequence = 0);
    }
    if (differences.sending()) {
      instance.transmitter.requestAll(on);
      instance.transmitter.periodicUpdate(on);
    } else if (differences.interval()) {
      instance.transmitter.startUpdateTimer(on);
    }
  }

  private void up(RipNeighbor on, IpAddress source) {
    on.source = source;
    instance.act(new RipAction.OpenInterface(on.name));
    instance.transmitter.requestAll(on);
    instance.transmitter.periodicUpdate(on);
  }

  private void down(RipNeighbor on) {
    if (!on.isUp()) {
      return;
    }
    instance.transmitter.farewell(on);
    instance.peers.forgetAll(on);
    on.changed.clear();
    on.source = null;
    instance.timers.stop(new RipTimer.Update(on.name));
    instance.timers.stop(new RipTimer.Triggered(on.name));
    instance.act(new RipAction.CloseInterface(on.name));
  }

  /** The interface's own address; a point-to-point link without one borrows the loopback's. */
  private @Nullable IpAddress sourceAddress(InterfaceState link) {
    IpAddress own = RipNeighbor.ownAddress(instance.flavor, link);
    if (own != null || !link.pointToPoint() || instance.flavor == RipFlavor.RIPNG) {
      return own;
    }
    IpAddress borrowed = null;
    for (InterfaceState other : instance.links.values()) {
      IpAddress candidate = RipNeighbor.ownAddress(instance.flavor, other);
      if (candidate != null && (borrowed == null || other.loopback())) {
        borrowed = candidate;
      }
    }
    return borrowed;
  }
}
