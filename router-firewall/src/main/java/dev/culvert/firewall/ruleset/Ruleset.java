package dev.culvert.firewall.ruleset;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import java.util.List;
import java.util.Optional;

/**
 * All that the kernel is to enforce: names resolved, schedulers asked. The renderer to nftables and
 * the interpreter read the same value, so what one says of a packet the other does to it.
 *
 * @param zones none at all: everything is forwarded, and policies mean nothing
 */
public record Ruleset(List<Zone> zones, PolicyTable policies, NatTable nat, FlowOptions flow) {
  /** What holds without {@code security zones} and NAT: the kernel has no table of ours. */
  public static final Ruleset EMPTY =
      new Ruleset(List.of(), PolicyTable.EMPTY, NatTable.EMPTY, FlowOptions.DEFAULT);

  public Ruleset {
    zones = List.copyOf(zones);
  }

  public boolean hasZones() {
    return !zones.isEmpty();
  }

  /** Whether the kernel needs a table of ours. */
  public boolean isEmpty() {
    return !hasZones()
        && !nat.hasRules()
        && flow.allTcpMss() == 0
        && flow.greInMss() == 0
        && flow.greOutMss() == 0;
  }

  /** The zone of an interface: the one that names it, else the one of all; empty for none. */
  public Optional<Zone> zoneOf(InterfaceName name) {
    for (Zone zone : zones) {
      if (zone.interfaces().stream().anyMatch(m -> m.name().equals(name))) {
        return Optional.of(zone);
      }
    }
    return zones.stream().filter(Zone::allInterfaces).findFirst();
  }

  /** What may reach the router by that interface; nothing where it is in no zone. */
  public HostInbound hostInbound(InterfaceName name) {
    return zoneOf(name)
        .map(zone ->
            zone.interfaces().stream()
                .filter(m -> m.name().equals(name))
                .map(Zone.Member::hostInbound)
                .findFirst()
                .orElse(zone.hostInbound()))
        .orElse(HostInbound.NONE);
  }

  /** What is looked at for a packet between those zones, first to last; then the default. */
  public List<Policy> policies(String from, String to) {
    return policies.between(new ZonePair(from, to));
  }
}
