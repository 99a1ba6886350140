package dev.culvert.core.rib;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Destinations by something that next hops of their candidates name, and how many do. Confined to
 * the routing thread.
 */
final class DestinationIndex<K extends Comparable<? super K>> {
  private final Map<K, SequencedMap<Destination, Integer>> users = new TreeMap<>();

  void add(K key, Destination user) {
    users.computeIfAbsent(key, k -> new LinkedHashMap<>()).merge(user, 1, Integer::sum);
  }

  void remove(K key, Destination user) {
    users.computeIfPresent(
        key,
        (k, uses) -> {
          uses.computeIfPresent(user, (d, n) -> n == 1 ? null : n - 1);
          return uses.isEmpty() ? null : uses;
        });
  }

  void copyUsers(K key, Collection<? super Destination> to) {
    SequencedMap<Destination, Integer> uses = users.get(key);
    if (uses != null) {
      to.addAll(uses.sequencedKeySet());
    }
  }
}
