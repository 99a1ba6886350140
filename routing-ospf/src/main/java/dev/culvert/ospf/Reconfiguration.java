package dev.culvert.ospf;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.notice.Notice;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.config.OspfConfig;
import dev.culvert.ospf.config.OspfInterfaceConfig;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Fits the running interfaces to the configuration and the devices, touching what changed. */
final class Reconfiguration {
  private final OspfInstance instance;

  Reconfiguration(OspfInstance instance) {
    this.instance = instance;
  }

  void apply(OspfConfig after) {
    OspfConfig before = instance.config;
    boolean anotherRouter = !Objects.equals(before.routerId(), after.routerId());
    if (instance.isRunning() && (anotherRouter || after.interfaces().isEmpty())) {
      stop();
    }
    instance.config = after;
    if (!instance.isRunning()) {
      reportMissingRouterId(after);
      return;
    }
    if (instance.exports.policyChanged(after.export()) || !before.export().equals(after.export())) {
      instance.topologyChanged();
    }
    if (before.preference() != after.preference()
        || before.externalPreference() != after.externalPreference()) {
      instance.routing.databaseChanged();
    }
    linksChanged();
  }

  private void reportMissingRouterId(OspfConfig after) {
    if (!after.interfaces().isEmpty()) {
      instance.report(
          Notice.of(
              Notice.Level.ERROR,
              "OSPF_NOT_RUNNING",
              "cause",
              "no router-id under routing-options and no address to take one from"));
    }
  }

  /** Our LSAs are flushed while neighbors still listen; then they are told that we left. */
  private void stop() {
    instance.origination.settle(new TreeMap<>());
    instance.flooding.sendPending();
    for (OspfInterface on : List.copyOf(instance.running.values())) {
      if (on.isActive()) {
        instance.interfaceMachine.sendFarewell(on);
      }
      instance.interfaceMachine.down(on);
      instance.adjacencies.forgetLost(on);
    }
    instance.running.clear();
    instance.database.entries().stream()
        .map(e -> e.getKey())
        .toList()
        .forEach(key -> {
          instance.timers.stop(new OspfTimer.Age(key));
          instance.timers.stop(new OspfTimer.Refresh(key));
          instance.timers.stop(new OspfTimer.Originate(key));
        });
    instance.database.clear();
    instance.origination.reset();
    instance.routing.withdrawAll();
  }

  /** The configuration changed, and any device may mean something else. */
  private void linksChanged() {
    List.copyOf(instance.running.keySet()).forEach(this::leaveIfGone);
    instance.config.interfaces().keySet().forEach(this::fitIfThere);
  }

  /** A device came, went or changed. */
  void linkChanged(InterfaceName name) {
    if (instance.isRunning()) {
      leaveIfGone(name);
      fitIfThere(name);
    }
  }

  private void leaveIfGone(InterfaceName name) {
    OspfInterface on = instance.running.get(name);
    OspfInterfaceConfig config = instance.config.interfaces().get(name);
    boolean wanted = config != null && !config.disabled() && instance.links.get(name) != null;
    if (on != null && !wanted) {
      instance.interfaceMachine.sendFarewell(on);
      instance.interfaceMachine.down(on);
      instance.adjacencies.forgetLost(on);
      instance.running.remove(name);
      instance.topologyChanged();
    }
  }

  private void fitIfThere(InterfaceName name) {
    OspfInterfaceConfig config = instance.config.interfaces().get(name);
    InterfaceState link = instance.links.get(name);
    if (config != null && link != null && !config.disabled()) {
      fit(config, link);
    }
  }

  private void fit(OspfInterfaceConfig config, InterfaceState link) {
    OspfInterface on =
        instance.running.computeIfAbsent(config.name(), n -> new OspfInterface(config, link));
    Ipv4Address address = sourceAddress(link);
    @Nullable Ipv4Prefix subnet = subnet(link);
    boolean usable = link.up() && (link.loopback() || address != null);
    boolean restart =
        on.state != OspfInterfaceState.DOWN
            && (!usable
                || !Objects.equals(on.address, address == null ? Ipv4Address.ANY : address)
                || !Objects.equals(on.subnet, subnet)
                || on.link.index() != link.index()
                || on.link.pointToPoint() != link.pointToPoint()
                || needsRestart(on.config, config));
    boolean another =
        !Objects.equals(on.address, address)
            || on.link.index() != link.index()
            || needsRestart(on.config, config);
    if (restart) {
      instance.interfaceMachine.sendFarewell(on);
      instance.interfaceMachine.down(on);
    }
    if (usable && another) {
      instance.adjacencies.forgetLost(on);
    }
    update(on, config, link);
    on.address = address == null ? Ipv4Address.ANY : address;
    on.subnet = subnet;
    if (on.state == OspfInterfaceState.DOWN && usable) {
      instance.interfaceMachine.up(on);
    }
  }

  /** What can change under living adjacencies: cost, timers of ours, MTU, keys, BFD, priority. */
  private void update(OspfInterface on, OspfInterfaceConfig config, InterfaceState link) {
    int cost = instance.config.cost(config);
    if (cost != on.cost || !on.link.addresses().equals(link.addresses())) {
      on.cost = cost;
      instance.topologyChanged();
    }
    boolean livenessChanged = !Objects.equals(on.config.liveness(), config.liveness());
    boolean priorityChanged = on.config.priority() != config.priority();
    on.config = config;
    on.link = link;
    if (livenessChanged) {
      instance.adjacencies.rewatch(on);
    }
    if (priorityChanged) {
      instance.interfaceMachine.neighborChange(on);
    }
  }

  private static boolean needsRestart(OspfInterfaceConfig before, OspfInterfaceConfig after) {
    return before.networkType() != after.networkType()
        || before.passive() != after.passive()
        || !before.helloInterval().equals(after.helloInterval())
        || !before.deadInterval().equals(after.deadInterval());
  }

  /** The interface's own address; a point-to-point link without one borrows the loopback's. */
  private @Nullable Ipv4Address sourceAddress(InterfaceState link) {
    Ipv4Address own = firstAddress(link);
    boolean mayBorrow = link.pointToPoint() || isPointToPoint(link.name()) || link.loopback();
    if (own != null || !mayBorrow) {
      return own;
    }
    @Nullable Ipv4Address borrowed = null;
    for (InterfaceState other : instance.links.values()) {
      Ipv4Address candidate = firstAddress(other);
      if (candidate != null && (borrowed == null || other.loopback())) {
        borrowed = candidate;
      }
    }
    return borrowed;
  }

  private boolean isPointToPoint(InterfaceName name) {
    OspfInterfaceConfig config = instance.config.interfaces().get(name);
    return config != null && config.networkType() == NetworkType.POINT_TO_POINT;
  }

  private static @Nullable Ipv4Address firstAddress(InterfaceState link) {
    for (InterfaceAddress address : OspfInterface.addresses(link)) {
      if (address.address() instanceof Ipv4Address v4) {
        return v4;
      }
    }
    return null;
  }

  private static @Nullable Ipv4Prefix subnet(InterfaceState link) {
    for (InterfaceAddress address : OspfInterface.addresses(link)) {
      if (address.prefix() instanceof Ipv4Prefix v4) {
        return v4;
      }
    }
    return null;
  }
}
