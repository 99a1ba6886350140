package dev.culvert.rip.config;

import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.SetMultimap;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.policy.PolicyUse;
import java.time.Duration;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code protocols rip}, or {@code ripng}, in values.
 *
 * @param holddown how long neighbors are told of a route that is gone: the garbage-collection time
 *     of RFC 2453 §3.8
 */
public record RipConfig(Duration holddown, SortedMap<String, RipGroupConfig> groups) {
  public static final Duration DEFAULT_HOLDDOWN = Duration.ofMinutes(2);

  /** Not configured. */
  public static final RipConfig NONE = new RipConfig(DEFAULT_HOLDDOWN, new TreeMap<>());

  public RipConfig {
    groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
  }

  /** Defaults for everything but the groups. */
  public static RipConfig of(RipGroupConfig... groups) {
    TreeMap<String, RipGroupConfig> byName = new TreeMap<>();
    for (RipGroupConfig group : groups) {
      byName.put(group.name(), group);
    }
    return new RipConfig(DEFAULT_HOLDDOWN, byName);
  }

  public boolean isEmpty() {
    return groups.values().stream().allMatch(group -> group.neighbors().isEmpty());
  }

  /** The group that an interface is a neighbor of, or null. */
  public @Nullable RipGroupConfig groupOf(InterfaceName name) {
    return groups.values().stream()
        .filter(group -> group.neighbors().containsKey(name))
        .findFirst()
        .orElse(null);
  }

  /** Which policy is asked about what, by its name. */
  public SetMultimap<String, PolicyUse> policyUses() {
    ImmutableSetMultimap.Builder<String, PolicyUse> uses = ImmutableSetMultimap.builder();
    for (RipGroupConfig group : groups.values()) {
      group.exported().names().forEach(name -> uses.put(name, PolicyUse.RIP_EXPORT));
      for (RipNeighborConfig neighbor : group.neighbors().values()) {
        neighbor.imported().names().forEach(name -> uses.put(name, PolicyUse.RIP_IMPORT));
      }
    }
    return uses.build();
  }
}
