package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.Element;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** {@code show system uptime}. */
public final class SystemUptimeShow {
  private SystemUptimeShow() {}

  /**
   * @param booted when the machine was
   * @param started when this process was
   * @param configuredBy empty if nobody is known
   * @param load of the last 1, 5 and 15 minutes, as {@code /proc/loadavg} begins
   */
  public static Page page(
      Instant now,
      Instant booted,
      Instant started,
      Instant configured,
      String configuredBy,
      String load) {
    ZoneId zone = ZoneId.systemDefault();
    DateTimeFormatter time = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss zzz").withZone(zone);
    Page page = new Page("system-uptime-information");
    page.line("Current time: %s", time.format(now));
    page.element(Element.builder("current-time").leaf("date-time", time.format(now)));
    since(page, "System booted", "system-booted-time", time, booted, now, "");
    since(page, "Protocols started", "protocols-started-time", time, started, now, "");
    since(page, "Last configured", "last-configured-time", time, configured, now, configuredBy);
    page.line("Load averages: %s", load);
    return page.leaf("load-averages", load);
  }

  private static void since(
      Page page,
      String label,
      String name,
      DateTimeFormatter time,
      Instant at,
      Instant now,
      String by) {
    String age = Durations.age(Duration.between(at, now));
    page.line("%s: %s (%s ago)%s", label, time.format(at), age, by.isEmpty() ? "" : " by " + by);
    Element.Builder element =
        Element.builder(name).leaf("date-time", time.format(at)).leaf("time-length", age);
    if (!by.isEmpty()) {
      element.leaf("user", by);
    }
    page.element(element);
  }
}
