package dev.culvert.daemon.io;

import dev.culvert.core.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes notices to the log. One that a remote party can trigger at will is written at most {@value
 * #BURST} times a minute per tag; how many were held back is said when the minute is over. Safe
 * from any thread.
 */
public final class NoticeLog {
  static final int BURST = 5;
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Logger LOG = LoggerFactory.getLogger("culvert");

  private static final class Window {
    Instant start;
    int written;
    long suppressed;

    Window(Instant start) {
      this.start = start;
    }
  }

  private final InstantSource clock;
  private final Map<String, Window> windows = new LinkedHashMap<>();

  public NoticeLog(InstantSource clock) {
    this.clock = clock;
  }

  public void write(Notice notice) {
    if (notice.rateLimited() && !admit(notice.tag())) {
      return;
    }
    switch (notice.level()) {
      case ERROR -> LOG.error("{}", notice);
      case WARN -> LOG.warn("{}", notice);
      case INFO -> LOG.info("{}", notice);
      case DEBUG -> LOG.debug("{}", notice);
    }
  }

  private synchronized boolean admit(String tag) {
    Instant now = clock.instant();
    Window window = windows.computeIfAbsent(tag, t -> new Window(now));
    if (Duration.between(window.start, now).compareTo(WINDOW) >= 0) {
      if (window.suppressed > 0) {
        LOG.info("NOTICES_SUPPRESSED tag={} count={}", tag, window.suppressed);
      }
      window.start = now;
      window.written = 0;
      window.suppressed = 0;
    }
    if (window.written < BURST) {
      window.written++;
      return true;
    }
    window.suppressed++;
    return false;
  }
}
