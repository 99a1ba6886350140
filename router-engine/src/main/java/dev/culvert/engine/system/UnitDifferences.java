package dev.culvert.engine.system;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.ipsec.forwarding.TunnelSettings;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is to be changed for a device to be as it should: functions of wish and finding. */
final class UnitDifferences {
  private UnitDifferences() {}

  /** Of a tunnel's device, in order. */
  static List<SystemOperation.OfInterface> ofTunnel(
      InterfacesConfig.Unit unit,
      TunnelSettings settings,
      boolean carrier,
      OwnTunnels.Open tunnel,
      FoundDevice device) {
    List<SystemOperation.OfInterface> changes = new ArrayList<>();
    InterfaceName name = unit.name();
    // The data path first: what is too big for it meanwhile, it can answer; the network cannot.
    if (!settings.equals(tunnel.settings())) {
      changes.add(new SystemOperation.SetTunnel(name, settings));
    }
    int mtu = InterfacePlan.tunnelDeviceMtu(unit, settings);
    if (device.mtu() != mtu) {
      changes.add(new SystemOperation.SetMtu(name, tunnel.index(), mtu));
    }
    if (device.isUp() == unit.disabled()) {
      changes.add(new SystemOperation.SetUp(name, tunnel.index(), !unit.disabled()));
    }
    if (carrier != tunnel.carrier()) {
      changes.add(new SystemOperation.SetCarrier(name, carrier));
    }
    return changes;
  }

  /** The MTU that a device of somebody else's is to have: what is configured, or was before. */
  static int mtu(InterfacesConfig.@Nullable Unit unit, FoundDevices.Entry entry) {
    Integer configured = unit == null ? null : unit.mtu();
    if (configured != null) {
      return configured;
    }
    int found = entry.device.mtu();
    // What somebody has set it to since is somebody's wish.
    return found == entry.mtuSet ? entry.mtuBefore : found;
  }

  /** Ours are taken away after those that take their place have come. */
  static List<SystemOperation.OfInterface> ofAddresses(
      InterfaceName name, InterfacesConfig.@Nullable Unit unit, FoundDevices.Entry entry) {
    List<SystemOperation.OfInterface> changes = new ArrayList<>();
    List<InterfaceAddress> wanted = unit == null ? List.of() : unit.addresses();
    int index = entry.device.index();
    List<InterfaceAddress> surplus = new ArrayList<>();
    for (InterfaceAddress ours : entry.ours) {
      if (wanted.contains(ours)) {
        continue;
      }
      if (isInTheWay(ours, wanted)) {
        changes.add(new SystemOperation.RemoveAddress(name, index, ours));
      } else {
        surplus.add(ours);
      }
    }
    for (InterfaceAddress address : wanted) {
      if (!entry.addresses.contains(address)) {
        changes.add(new SystemOperation.AddAddress(name, index, address));
      }
    }
    surplus.forEach(each -> changes.add(new SystemOperation.RemoveAddress(name, index, each)));
    return changes;
  }

  /** The kernel has an IPv6 address once on a device, with whatever prefix length. */
  private static boolean isInTheWay(InterfaceAddress ours, List<InterfaceAddress> wanted) {
    return ours.address().family() == AddressFamily.INET6
        && wanted.stream().anyMatch(w -> w.address().equals(ours.address()));
  }
}
