package dev.culvert.firewall.config;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.flag;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.SchemaNode.list;
import static dev.culvert.core.config.SchemaNode.oneLineList;

import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import dev.culvert.core.config.ValueTypes;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.MonthDay;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code schedulers}: what may be written there. */
final class SchedulersSchema {
  private static final Pattern MOMENT =
      Pattern.compile("(?:([0-9]{4})-)?([0-9]{1,2})-([0-9]{1,2})\\.([0-9:]{4,8})");
  private static final Pattern TIME = Pattern.compile("([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?");

  static final ValueType<Scheduler.Moment> DATE =
      ValueTypes.of(
          "<YYYY-MM-DD.hh:mm>",
          "a date and time such as 2026-12-31.18:00, or 12-31.18:00 for every year",
          SchedulersSchema::moment);

  static final ValueType<LocalTime> TIME_OF_DAY =
      ValueTypes.of("<hh:mm>", "a time of day such as 08:30", SchedulersSchema::time);

  private SchedulersSchema() {}

  static SchemaNode schema() {
    List<SchemaNode> members = new ArrayList<>();
    members.add(leaf("description", "Text for people", FirewallValues.DESCRIPTION));
    members.add(
        oneLineList("start-date", "When it begins", DATE, leaf("stop-date", "When it ends", DATE)));
    members.add(day("daily", "Every day that says nothing itself"));
    for (DayOfWeek day : DayOfWeek.values()) {
      String word = ValueTypes.junosWord(day);
      members.add(day(word, "Every " + word));
    }
    return container(
        "schedulers",
        "When policies hold",
        list("scheduler", "A scheduler", FirewallValues.NAMES, members.toArray(SchemaNode[]::new)));
  }

  private static SchemaNode day(String word, String help) {
    return container(
        word,
        help,
        oneLineList(
            "start-time",
            "When it begins",
            TIME_OF_DAY,
            leaf("stop-time", "When it ends", TIME_OF_DAY)),
        flag("exclude", "Not on that day"),
        flag("all-day", "All day long"));
  }

  private static Optional<Scheduler.Moment> moment(String word) {
    Matcher matcher = MOMENT.matcher(word);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Optional<LocalTime> time = time(matcher.group(4));
    Integer year = matcher.group(1) == null ? null : Integer.valueOf(matcher.group(1));
    int month = Integer.parseInt(matcher.group(2));
    int day = Integer.parseInt(matcher.group(3));
    try {
      MonthDay date =
          year == null ? MonthDay.of(month, day) : MonthDay.from(LocalDate.of(year, month, day));
      return time.map(t -> new Scheduler.Moment(year, date, t));
    } catch (DateTimeException e) {
      // No such day: the word is no date.
      return Optional.empty();
    }
  }

  private static Optional<LocalTime> time(String word) {
    Matcher matcher = TIME.matcher(word);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int hour = Integer.parseInt(matcher.group(1));
    int minute = Integer.parseInt(matcher.group(2));
    int second = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
    return hour < 24 && minute < 60 && second < 60
        ? Optional.of(LocalTime.of(hour, minute, second))
        : Optional.empty();
  }
}
