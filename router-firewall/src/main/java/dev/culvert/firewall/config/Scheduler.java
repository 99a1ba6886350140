package dev.culvert.firewall.config;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When policies that name it are active: at a time that lies in one of the dates' ranges (any time,
 * if there are none) and, if hours are given for any day, in those of its day.
 *
 * @param daily the hours of days that say nothing themselves, or null
 * @param days hours of single days of the week
 */
public record Scheduler(
    String name,
    @Nullable String description,
    List<Dates> dates,
    @Nullable Hours daily,
    Map<DayOfWeek, Hours> days) {
  /** Further than any pattern of days needs to repeat itself: a leap day comes in eight years. */
  private static final int HORIZON_DAYS = 9 * 366;

  /** A point in time; without a year it comes every year. */
  public record Moment(@Nullable Integer year, MonthDay day, LocalTime time) {
    LocalDateTime in(int ownYear) {
      return day.atYear(year == null ? ownYear : year).atTime(time);
    }
  }

  /** From {@code start}, included, to {@code stop}, excluded; without years over new year too. */
  public record Dates(Moment start, Moment stop) {
    boolean contains(LocalDateTime now) {
      LocalDateTime begin = start.in(now.getYear());
      LocalDateTime end = stop.in(now.getYear());
      return begin.isBefore(end)
          ? !now.isBefore(begin) && now.isBefore(end)
          : repeats() && (!now.isBefore(begin) || now.isBefore(end));
    }

    private boolean repeats() {
      return start.year() == null && stop.year() == null;
    }
  }

  /** Hours of a day. */
  public sealed interface Hours {
    record AllDay() implements Hours {}

    record Excluded() implements Hours {}

    /** Any of the spans. */
    record Spans(List<Span> spans) implements Hours {
      public Spans {
        spans = List.copyOf(spans);
      }
    }
  }

  /** From {@code start}, included, to {@code stop}, excluded, on the same day. */
  public record Span(LocalTime start, LocalTime stop) {
    boolean contains(LocalTime time) {
      return !time.isBefore(start) && time.isBefore(stop);
    }
  }

  public Scheduler {
    dates = List.copyOf(dates);
    Map<DayOfWeek, Hours> sorted = new EnumMap<>(DayOfWeek.class);
    sorted.putAll(days);
    days = Collections.unmodifiableMap(sorted);
  }

  public boolean isActive(LocalDateTime now) {
    boolean inDates = dates.isEmpty() || dates.stream().anyMatch(d -> d.contains(now));
    return inDates && inHours(now);
  }

  private boolean inHours(LocalDateTime now) {
    if (daily == null && days.isEmpty()) {
      return true;
    }
    return switch (hoursOf(now.toLocalDate())) {
      case null -> false;
      case Hours.AllDay() -> true;
      case Hours.Excluded() -> false;
      case Hours.Spans(List<Span> spans) ->
          spans.stream().anyMatch(span -> span.contains(now.toLocalTime()));
    };
  }

  private @Nullable Hours hoursOf(LocalDate date) {
    Hours own = days.get(date.getDayOfWeek());
    return own != null ? own : daily;
  }

  /** The next time after {@code now} at which {@link #isActive} changes, or null for never. */
  public @Nullable LocalDateTime nextChange(LocalDateTime now) {
    boolean active = isActive(now);
    for (int day = 0; day <= HORIZON_DAYS; day++) {
      for (LocalDateTime moment : momentsOf(now.toLocalDate().plusDays(day))) {
        if (moment.isAfter(now) && isActive(moment) != active) {
          return moment;
        }
      }
    }
    return null;
  }

  /** When something may change on that day, in order. */
  private List<LocalDateTime> momentsOf(LocalDate date) {
    List<LocalDateTime> moments = new ArrayList<>(List.of(date.atStartOfDay()));
    if (hoursOf(date) instanceof Hours.Spans(List<Span> spans)) {
      for (Span span : spans) {
        moments.add(date.atTime(span.start()));
        moments.add(date.atTime(span.stop()));
      }
    }
    for (Dates range : dates) {
      moments.add(range.start().in(date.getYear()));
      moments.add(range.stop().in(date.getYear()));
    }
    return moments.stream().filter(m -> m.toLocalDate().equals(date)).sorted().toList();
  }
}
