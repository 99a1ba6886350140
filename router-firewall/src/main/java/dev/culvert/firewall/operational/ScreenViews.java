package dev.culvert.firewall.operational;

import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Zone;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The screens in force beside what the kernel has counted of them.
 *
 * @param packets of the kernel's counters by their {@link CounterNames}; one that is not there has
 *     counted nothing
 */
public record ScreenViews(List<Zone> zones, Map<String, Long> packets) {
  public ScreenViews {
    zones = List.copyOf(zones);
  }

  public Optional<Zone> zone(String name) {
    return zones.stream().filter(zone -> zone.name().equals(name)).findFirst();
  }

  /** The screen of that name, of whatever zone. */
  public Optional<Screen> screen(String name) {
    return zones.stream()
        .flatMap(zone -> Optional.ofNullable(zone.screen()).stream())
        .filter(screen -> screen.name().equals(name))
        .findFirst();
  }

  /** Packets that came into the zone and were dropped, or only counted, for that. */
  public long found(Zone zone, Screen.Anomaly anomaly) {
    return packets.getOrDefault(CounterNames.screen(zone.name(), anomaly), 0L);
  }

  /** Likewise, of what there was too much of. */
  public long found(Zone zone, Screen.Rate rate) {
    return packets.getOrDefault(CounterNames.screen(zone.name(), rate), 0L);
  }
}
