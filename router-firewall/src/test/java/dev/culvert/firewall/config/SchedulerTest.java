package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerTest {
  private static final LocalDateTime MONDAY = LocalDateTime.of(2026, 11, 30, 0, 0);

  @ParameterizedTest
  @CsvSource({
    // Nothing said: always.
    "description x, 2026-11-30T03:00, true",
    "daily start-time 08:00 stop-time 18:00, 2026-11-30T07:59:59, false",
    "daily start-time 08:00 stop-time 18:00, 2026-11-30T08:00, true",
    "daily start-time 08:00 stop-time 18:00, 2026-11-30T18:00, false",
    "daily all-day; sunday exclude, 2026-12-06T12:00, false",
    "daily all-day; sunday exclude, 2026-12-05T12:00, true",
    "sunday all-day, 2026-12-06T12:00, true",
    "sunday all-day, 2026-12-05T12:00, false",
    "daily exclude; friday start-time 10:00 stop-time 11:00, 2026-12-04T10:30, true",
    "start-date 2026-12-01.06:00 stop-date 2026-12-03.06:00, 2026-12-01T05:59, false",
    "start-date 2026-12-01.06:00 stop-date 2026-12-03.06:00, 2026-12-01T06:00, true",
    "start-date 2026-12-01.06:00 stop-date 2026-12-03.06:00, 2027-12-02T06:00, false",
    // Every year, over new year.
    "start-date 12-20.00:00 stop-date 01-06.00:00, 2026-12-31T23:00, true",
    "start-date 12-20.00:00 stop-date 01-06.00:00, 2027-01-05T23:00, true",
    "start-date 12-20.00:00 stop-date 01-06.00:00, 2027-01-06T00:00, false",
    "start-date 12-01.00:00 stop-date 12-03.00:00; daily start-time 08:00 stop-time 09:00,"
        + " 2026-12-02T08:30, true",
    "start-date 12-01.00:00 stop-date 12-03.00:00; daily start-time 08:00 stop-time 09:00,"
        + " 2026-12-04T08:30, false",
  })
  void isActiveAsItSays(String statements, LocalDateTime time, boolean active) {
    assertThat(scheduler(statements).isActive(time)).isEqualTo(active);
  }

  @Test
  void changesAreFoundOneAfterTheOther() {
    Scheduler scheduler =
        scheduler(
            "daily start-time 08:00 stop-time 12:00; daily start-time 13:00 stop-time 17:00;"
                + " tuesday exclude; start-date 2026-11-30.10:00 stop-date 2026-12-02.13:30");
    List<String> changes = new ArrayList<>();
    LocalDateTime now = MONDAY;
    for (LocalDateTime next = scheduler.nextChange(now);
        next != null;
        next = scheduler.nextChange(now)) {
      assertThat(scheduler.isActive(next)).isNotEqualTo(scheduler.isActive(now));
      changes.add(next.toString());
      now = next;
    }
    assertThat(changes)
        .containsExactly(
            "2026-11-30T10:00",
            "2026-11-30T12:00",
            "2026-11-30T13:00",
            "2026-11-30T17:00",
            "2026-12-02T08:00",
            "2026-12-02T12:00",
            "2026-12-02T13:00",
            "2026-12-02T13:30");
  }

  /** The change that is told is the first: nothing changes between. */
  @ParameterizedTest
  @CsvSource({
    "daily start-time 08:00 stop-time 18:00; sunday exclude",
    "sunday all-day; monday all-day",
    "start-date 12-01.00:00 stop-date 12-03.00:00",
  })
  void nothingChangesBeforeTheNextChange(String statements) {
    Scheduler scheduler = scheduler(statements);
    LocalDateTime now = MONDAY.plusMinutes(7);
    LocalDateTime next = scheduler.nextChange(now);
    assertThat(next).isNotNull();
    for (LocalDateTime time = now; time.isBefore(next); time = time.plusMinutes(1)) {
      assertThat(scheduler.isActive(time)).as("%s", time).isEqualTo(scheduler.isActive(now));
    }
    assertThat(scheduler.isActive(next)).isNotEqualTo(scheduler.isActive(now));
  }

  @Test
  void whatNeverChangesHasNoNextChange() {
    assertThat(scheduler("daily all-day").nextChange(MONDAY)).isNull();
    assertThat(
            scheduler("start-date 2025-01-01.00:00 stop-date 2025-02-01.00:00").nextChange(MONDAY))
        .isNull();
  }

  private static Scheduler scheduler(String statements) {
    StringBuilder text = new StringBuilder();
    for (String statement : statements.split("; *", -1)) {
      text.append("set schedulers scheduler s ").append(statement).append('\n');
    }
    Bound bound = Bound.of(text.toString());
    assertThat(bound.messages()).isEmpty();
    return bound.config().schedulers().values().iterator().next();
  }
}
