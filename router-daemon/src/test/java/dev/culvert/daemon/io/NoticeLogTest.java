package dev.culvert.daemon.io;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.culvert.core.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NoticeLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("culvert");
  private final ListAppender<ILoggingEvent> written = new ListAppender<>();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final NoticeLog log = new NoticeLog(() -> now);

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
  void whatStrangersCanTriggerIsWrittenAFewTimesAMinutePerTag() {
    for (int i = 0; i < 1000; i++) {
      log.write(Notice.limited(Notice.Level.WARN, "IKE_MALFORMED", "n", i));
    }
    log.write(Notice.limited(Notice.Level.WARN, "OSPF_MALFORMED", "n", 1));
    assertThat(lines()).hasSize(NoticeLog.BURST + 1);
    assertThat(lines().getLast()).contains("OSPF_MALFORMED");
  }

  @Test
  void howManyWereHeldBackIsSaidWhenTheMinuteIsOver() {
    for (int i = 0; i < 12; i++) {
      log.write(Notice.limited(Notice.Level.WARN, "IKE_MALFORMED"));
    }
    now = now.plus(Duration.ofMinutes(1));
    log.write(Notice.limited(Notice.Level.WARN, "IKE_MALFORMED"));
    assertThat(lines()).hasSize(NoticeLog.BURST + 2);
    assertThat(lines().get(NoticeLog.BURST))
        .isEqualTo("NOTICES_SUPPRESSED tag=IKE_MALFORMED count=" + (12 - NoticeLog.BURST));
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
