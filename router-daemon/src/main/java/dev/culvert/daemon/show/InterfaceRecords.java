package dev.culvert.daemon.show;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.engine.config.DeviceNames;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.firewall.ruleset.Zone;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the interfaces at one moment.
 *
 * @param names what the configuration calls them
 * @param devices the kernel's counters, by device
 * @param tunnels the data path's, by unit of {@code st0}
 */
public record InterfaceRecords(
    List<InterfaceState> interfaces,
    DeviceNames names,
    InterfacesConfig configuration,
    List<Zone> zones,
    SortedMap<String, DeviceCounters> devices,
    SortedMap<InterfaceName, TunnelCounters> tunnels) {

  /**
   * Only the interface of that name, the configuration's or Linux', or, of a name without unit, its
   * units.
   *
   * @param name null for all
   */
  public InterfaceRecords named(@Nullable String name) {
    Predicate<InterfaceState> asked =
        i ->
            name == null
                || i.name().physical().equals(name)
                || i.name().toString().equals(name)
                || written(i.name().physical()).equals(name)
                || written(i.name()).equals(name);
    return new InterfaceRecords(
        interfaces.stream().filter(asked).toList(), names, configuration, zones, devices, tunnels);
  }

  /** As the configuration calls it. */
  String written(String physical) {
    return names.written(physical);
  }

  String written(InterfaceName name) {
    return written(name.physical()) + "." + name.unit();
  }

  /** The units by the interface they are of. */
  SortedMap<String, List<InterfaceState>> byPhysical() {
    SortedMap<String, List<InterfaceState>> units = new TreeMap<>();
    for (InterfaceState i : interfaces) {
      units.computeIfAbsent(
          i.name().physical(),
          physical ->
              interfaces.stream().filter(u -> u.name().physical().equals(physical)).toList());
    }
    return units;
  }

  InterfacesConfig.@Nullable Unit unit(InterfaceName name) {
    return configuration.units().get(name);
  }

  boolean isEnabled(InterfaceName name) {
    InterfacesConfig.Unit unit = unit(name);
    return unit == null || !unit.disabled();
  }

  @Nullable String description(InterfaceName name) {
    InterfacesConfig.Unit unit = unit(name);
    return unit == null ? null : unit.description();
  }

  /** {@code Null} where no zone has it, as Junos calls that. */
  String zone(InterfaceName name) {
    return zones.stream()
        .filter(z -> z.interfaces().stream().anyMatch(m -> m.name().equals(name)))
        .findFirst()
        .or(() -> zones.stream().filter(Zone::allInterfaces).findFirst())
        .map(Zone::name)
        .orElse("Null");
  }

  /**
   * Of a tunnel what the data path has opened and sealed, of others what the kernel has counted.
   */
  DeviceCounters counters(InterfaceName name) {
    TunnelCounters tunnel = tunnels.get(name);
    return tunnel == null
        ? devices.getOrDefault(name.device(), DeviceCounters.NONE)
        : new DeviceCounters(
            tunnel.inboundOctets(),
            tunnel.inboundPackets(),
            0,
            0,
            tunnel.outboundOctets(),
            tunnel.outboundPackets(),
            0,
            0);
  }

  /** Of an interface with all its units: VLANs are counted by the device they are on. */
  DeviceCounters counters(String physical, List<InterfaceState> units) {
    if (!physical.equals(InterfaceName.SECURE_TUNNEL)) {
      return devices.getOrDefault(new InterfaceName(physical, 0).device(), DeviceCounters.NONE);
    }
    return units.stream()
        .map(u -> counters(u.name()))
        .reduce(DeviceCounters.NONE, DeviceCounters::plus);
  }

  /** By cause, of a unit of {@code st0}; empty of others. */
  Map<String, Long> flowErrors(InterfaceName name) {
    TunnelCounters tunnel = tunnels.get(name);
    return tunnel == null ? Map.of() : SecurityShow.drops(tunnel);
  }
}
