package dev.culvert.firewall.config;

import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Numbers policies for connection marks: by a hash of context and name, so that a policy keeps its
 * number whatever else is configured. Where two hashes meet, the later policy takes the next free
 * number. Confined to one reading of a configuration.
 */
final class PolicyIndices {
  private static final int FNV_OFFSET_BASIS = 0x811c9dc5;
  private static final int FNV_PRIME = 0x01000193;

  private final Set<Integer> taken = new HashSet<>();

  /** The number of the next policy, 1 to {@link Policy#MAX_INDEX}. */
  int next(PolicyContext context, String name) {
    int index = hash(key(context) + '\0' + name) % Policy.MAX_INDEX + 1;
    while (!taken.add(index)) {
      index = index % Policy.MAX_INDEX + 1;
    }
    return index;
  }

  private static String key(PolicyContext context) {
    return switch (context) {
      case PolicyContext.ZonePair(String from, String to) -> from + '\0' + to;
      case PolicyContext.Global global -> "";
    };
  }

  /** FNV-1a, without its sign. */
  private static int hash(String text) {
    int hash = FNV_OFFSET_BASIS;
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (octet & 0xff)) * FNV_PRIME;
    }
    return hash & Integer.MAX_VALUE;
  }
}
