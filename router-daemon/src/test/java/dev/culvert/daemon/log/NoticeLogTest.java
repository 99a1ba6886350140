package dev.culvert.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.culvert.core.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NoticeLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("culvert");
  private final ListAppender<ILoggingEvent> written = new ListAppender<>();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final List<Duration> delays = new ArrayList<>();
  private final List<Runnable> tasks = new ArrayList<>();
  private final NoticeLog log =
      new NoticeLog(
          () -> now,
          (delay, task) -> {
            delays.add(delay);
            tasks.add(task);
          });

  @BeforeEach
  void listen() {
    written.start();
    logger.addAppender(written);
    logger.setAdditive(false);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(written);
    logger.setAdditive(true);
  }

  @Test
  void whatOthersCanTriggerIsWrittenAFewTimesAMinutePerTagAndSubject() {
    for (int i = 0; i < 1000; i++) {
      log.write(failed("to-hub"));
    }
    log.write(failed("to-branch"));
    log.write(Notice.limited(Notice.Level.WARN, "OSPF_MALFORMED", "neighbor", "10.0.0.1"));
    assertThat(lines()).hasSize(NoticeLimiter.BURST + 2);
    assertThat(lines().get(NoticeLimiter.BURST)).isEqualTo("IKE_NEGOTIATION_FAILED vpn=to-branch");
    assertThat(lines().getLast()).contains("OSPF_MALFORMED");
  }

  @Test
  void aStrangerWhoInventsSubjectsFillsNoLog() {
    for (int i = 0; i < 100_000; i++) {
      log.write(Notice.ofStranger(Notice.Level.INFO, "IKE_NO_GATEWAY", "remote", "198.51." + i));
    }
    assertThat(lines()).hasSize(NoticeLimiter.MOST_STRANGERS + NoticeLimiter.BURST);
  }

  @Test
  void howManyWereHeldBackIsSaidWithinTheMinuteThoughNothingMoreCame() {
    for (int i = 0; i < 12; i++) {
      log.write(failed("to-hub"));
    }
    assertThat(delays).containsExactly(NoticeLimiter.WINDOW);
    now = now.plus(NoticeLimiter.WINDOW);
    tasks.removeFirst().run();
    assertThat(lines()).hasSize(NoticeLimiter.BURST + 1);
    assertThat(lines().getLast())
        .isEqualTo(
            "NOTICES_SUPPRESSED tag=IKE_NEGOTIATION_FAILED subject=to-hub count="
                + (12 - NoticeLimiter.BURST));
    assertThat(tasks).isEmpty();
    log.write(failed("to-hub"));
    assertThat(lines().getLast()).isEqualTo("IKE_NEGOTIATION_FAILED vpn=to-hub");
    assertThat(tasks).hasSize(1);
  }

  private static Notice failed(String vpn) {
    return Notice.limited(Notice.Level.WARN, "IKE_NEGOTIATION_FAILED", "vpn", vpn);
  }

  @Test
  void stateChangesAreAlwaysWrittenAtTheirLevel() {
    for (int i = 0; i < 100; i++) {
      log.write(Notice.of(Notice.Level.ERROR, "VPN_DOWN", "vpn", "to-hub"));
    }
    assertThat(written.list).hasSize(100);
    assertThat(written.list.getFirst().getLevel()).isEqualTo(Level.ERROR);
    assertThat(lines().getFirst()).isEqualTo("VPN_DOWN vpn=to-hub");
  }

  private List<String> lines() {
    return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
