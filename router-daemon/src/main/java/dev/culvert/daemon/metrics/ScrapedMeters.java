package dev.culvert.daemon.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Meters whose values are read from the router's snapshots at each scrape: engines count in plain
 * fields, nothing is updated per event. A series that was not set in a scrape disappears. Confined
 * to the scraping caller.
 */
final class ScrapedMeters {
  private record Key(String name, Tags tags) {}

  private static final class Value {
    volatile double value;
  }

  private final MeterRegistry registry;
  private final Map<Key, Value> values = new HashMap<>();
  private final Map<Key, Meter> meters = new HashMap<>();
  private final Set<Key> seen = new HashSet<>();

  ScrapedMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  void begin() {
    seen.clear();
  }

  /** Sets a gauge; {@code tags} are alternating keys and values. */
  void gauge(String name, String help, double value, String... tags) {
    Key key = new Key(name, Tags.of(tags));
    Value holder = holder(key, value);
    meters.computeIfAbsent(
        key,
        k ->
            Gauge.builder(name, holder, v -> v.value)
                .description(help)
                .tags(k.tags())
                .strongReference(true)
                .register(registry));
  }

  /** As {@link #gauge(String, String, double, String...)}, for whole numbers. */
  void gauge(String name, String help, long value, String... tags) {
    gauge(name, help, (double) value, tags);
  }

  /** As {@link #counter(String, String, double, String...)}, for whole numbers. */
  void counter(String name, String help, long total, String... tags) {
    counter(name, help, (double) total, tags);
  }

  /** Sets a counter to its total; its name must not end in {@code _total}, which is added. */
  void counter(String name, String help, double total, String... tags) {
    Key key = new Key(name, Tags.of(tags));
    Value holder = holder(key, total);
    meters.computeIfAbsent(
        key,
        k ->
            FunctionCounter.builder(name, holder, v -> v.value)
                .description(help)
                .tags(k.tags())
                .register(registry));
  }

  private Value holder(Key key, double value) {
    seen.add(key);
    Value holder = values.computeIfAbsent(key, k -> new Value());
    holder.value = value;
    return holder;
  }

  /** Removes every series that {@link #begin} and its followers did not set again. */
  void end() {
    meters
        .entrySet()
        .removeIf(entry -> {
          boolean stale = !seen.contains(entry.getKey());
          if (stale) {
            registry.remove(entry.getValue());
            values.remove(entry.getKey());
          }
          return stale;
        });
  }
}
