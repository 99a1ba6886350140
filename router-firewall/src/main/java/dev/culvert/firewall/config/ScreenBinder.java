package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueType;
import dev.culvert.firewall.ruleset.Screen;
import dev.culvert.firewall.ruleset.Screen.Anomaly;
import dev.culvert.firewall.ruleset.Screen.Rate;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns {@code security screen} into records. */
final class ScreenBinder {
  /** Statements that Junos' way of meeting a SYN flood has, and this one has no use for. */
  private static final List<String> OF_SYN_PROXY =
      List.of("alarm-threshold", "queue-size", "timeout");

  private final Diagnostics diagnostics;

  private ScreenBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  /**
   * The screens by name.
   *
   * @param node {@code security screen}, or null where the configuration has none
   */
  static SortedMap<String, Screen> bind(@Nullable ConfigNode node, Diagnostics diagnostics) {
    SortedMap<String, Screen> screens = new TreeMap<>();
    if (node != null) {
      ScreenBinder binder = new ScreenBinder(diagnostics);
      for (ConfigNode option : node.children("ids-option")) {
        Screen screen = binder.screen(option);
        screens.put(screen.name(), screen);
      }
    }
    return Collections.unmodifiableSortedMap(screens);
  }

  private Screen screen(ConfigNode option) {
    Screen screen =
        new Screen(
            option.key(ScreenSchema.NAME),
            option.has("alarm-without-drop"),
            anomalies(option),
            thresholds(option));
    if (screen.anomalies().isEmpty() && screen.thresholds().isEmpty()) {
      diagnostics.warning(option, "the screen looks for nothing");
    }
    return screen;
  }

  private static Set<Anomaly> anomalies(ConfigNode option) {
    Set<Anomaly> anomalies = EnumSet.noneOf(Anomaly.class);
    for (Anomaly anomaly : Anomaly.values()) {
      if (find(option, anomaly.junosName()).isPresent()) {
        anomalies.add(anomaly);
      }
    }
    return anomalies;
  }

  private Map<Rate, Integer> thresholds(ConfigNode option) {
    Map<Rate, Integer> thresholds = new EnumMap<>(Rate.class);
    for (Rate rate : Rate.values()) {
      threshold(option, rate).ifPresent(t -> thresholds.put(rate, t));
    }
    find(option, "tcp syn-flood").ifPresent(this::noteOfSynProxy);
    return thresholds;
  }

  /** Junos' default where only the container is written; {@code limit-session} has none. */
  private static Optional<Integer> threshold(ConfigNode option, Rate rate) {
    return switch (rate) {
      case ICMP_FLOOD, UDP_FLOOD -> threshold(option, rate, ScreenSchema.THRESHOLD, 1000);
      case SYN_FLOOD_ATTACK -> threshold(option, rate, ScreenSchema.THRESHOLD, 200);
      case SYN_FLOOD_SOURCE, SYN_FLOOD_DESTINATION ->
          threshold(option, rate, ScreenSchema.THRESHOLD, 4000);
      case PORT_SCAN, IP_SWEEP -> threshold(option, rate, ScreenSchema.MICROSECONDS, 5000);
      case SESSIONS_OF_SOURCE, SESSIONS_TO_DESTINATION ->
          find(option, rate.junosName()).map(n -> n.value(ScreenSchema.SESSIONS));
    };
  }

  private static Optional<Integer> threshold(
      ConfigNode option, Rate rate, ValueType<Integer> type, int byDefault) {
    int last = rate.junosName().lastIndexOf(' ');
    return find(option, rate.junosName().substring(0, last))
        .map(n -> n.leaf(rate.junosName().substring(last + 1), type).orElse(byDefault));
  }

  private static Optional<ConfigNode> find(ConfigNode option, String path) {
    Optional<ConfigNode> node = Optional.of(option);
    for (String keyword : path.split(" ", -1)) {
      node = node.flatMap(n -> n.child(keyword));
    }
    return node;
  }

  private void noteOfSynProxy(ConfigNode synFlood) {
    for (String keyword : OF_SYN_PROXY) {
      synFlood
          .child(keyword)
          .ifPresent(n ->
              diagnostics.note(
                  n,
                  "'"
                      + keyword
                      + "' has nothing to say here: connections beyond attack-threshold are"
                      + " dropped, not answered on behalf of the server"));
    }
  }
}
