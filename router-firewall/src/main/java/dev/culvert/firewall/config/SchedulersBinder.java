package dev.culvert.firewall.config;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.ValueTypes;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Turns {@code schedulers} into records, reporting everything that is wrong. */
final class SchedulersBinder {
  private final Diagnostics diagnostics;

  SchedulersBinder(Diagnostics diagnostics) {
    this.diagnostics = diagnostics;
  }

  SortedMap<String, Scheduler> bind(ConfigNode schedulers) {
    SortedMap<String, Scheduler> bound = new TreeMap<>();
    for (ConfigNode node : schedulers.children("scheduler")) {
      String name = node.key(FirewallValues.NAMES);
      Map<DayOfWeek, Scheduler.Hours> days = new EnumMap<>(DayOfWeek.class);
      for (DayOfWeek day : DayOfWeek.values()) {
        node.child(ValueTypes.junosWord(day)).ifPresent(own -> days.put(day, hours(own)));
      }
      bound.put(
          name,
          new Scheduler(
              name,
              node.leaf("description", FirewallValues.DESCRIPTION).orElse(null),
              dates(node),
              daily(node),
              days));
    }
    return bound;
  }

  private Scheduler.@Nullable Hours daily(ConfigNode node) {
    return node.child("daily").map(this::hours).orElse(null);
  }

  private List<Scheduler.Dates> dates(ConfigNode scheduler) {
    List<Scheduler.Dates> dates = new ArrayList<>();
    for (ConfigNode node : scheduler.children("start-date")) {
      Scheduler.Moment start = node.key(SchedulersSchema.DATE);
      Optional<Scheduler.Moment> stop = node.leaf("stop-date", SchedulersSchema.DATE);
      if (stop.isEmpty()) {
        diagnostics.missing(node, "missing mandatory statement: 'stop-date'");
      } else if ((start.year() == null) != (stop.get().year() == null)) {
        diagnostics.error(node, "both dates have a year, or neither has");
      } else if (start.year() != null && !start.in(0).isBefore(stop.get().in(0))) {
        diagnostics.error(node, "stop-date does not come after start-date");
      } else if (start.equals(stop.get())) {
        diagnostics.error(node, "stop-date does not come after start-date");
      } else {
        dates.add(new Scheduler.Dates(start, stop.get()));
      }
    }
    return dates;
  }

  private Scheduler.Hours hours(ConfigNode day) {
    List<Scheduler.Span> spans = new ArrayList<>();
    for (ConfigNode node : day.children("start-time")) {
      LocalTime start = node.key(SchedulersSchema.TIME_OF_DAY);
      Optional<LocalTime> stop = node.leaf("stop-time", SchedulersSchema.TIME_OF_DAY);
      if (stop.isEmpty()) {
        diagnostics.missing(node, "missing mandatory statement: 'stop-time'");
      } else if (!start.isBefore(stop.get())) {
        diagnostics.error(node, "stop-time does not come after start-time");
      } else {
        spans.add(new Scheduler.Span(start, stop.get()));
      }
    }
    int kinds = (day.has("exclude") ? 1 : 0) + (day.has("all-day") ? 1 : 0);
    kinds += day.has("start-time") ? 1 : 0;
    if (kinds != 1) {
      diagnostics.missing(day, "a day has one of start-time, exclude and all-day");
    }
    if (day.has("exclude")) {
      return new Scheduler.Hours.Excluded();
    }
    return day.has("all-day") ? new Scheduler.Hours.AllDay() : new Scheduler.Hours.Spans(spans);
  }
}
