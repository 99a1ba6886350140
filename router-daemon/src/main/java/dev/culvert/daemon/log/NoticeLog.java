package dev.culvert.daemon.log;

import dev.culvert.core.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes notices to the log, those that others can trigger as often as {@link NoticeLimiter} admits
 * them; how many were held back is written within the minute. Safe from any thread.
 */
public final class NoticeLog {
  private static final Logger LOG = LoggerFactory.getLogger("culvert");

  /** Runs a task later, once. */
  @FunctionalInterface
  interface Later {
    void run(Duration delay, Runnable task);
  }

  private final InstantSource clock;
  private final Later later;
  private final NoticeLimiter limiter = new NoticeLimiter();

  /** Somebody is to look when the next minute ends. */
  private boolean scheduled;

  public NoticeLog(InstantSource clock) {
    this(
        clock,
        (delay, task) ->
            CompletableFuture.delayedExecutor(delay.toMillis() + 1, TimeUnit.MILLISECONDS)
                .execute(task));
  }

  NoticeLog(InstantSource clock, Later later) {
    this.clock = clock;
    this.later = later;
  }

  public void write(Notice notice) {
    if (notice.rate() != Notice.Rate.UNLIMITED && !admit(notice)) {
      return;
    }
    switch (notice.level()) {
      case ERROR -> LOG.error("{}", notice);
      case WARN -> LOG.warn("{}", notice);
      case INFO -> LOG.info("{}", notice);
      case DEBUG -> LOG.debug("{}", notice);
    }
  }

  private synchronized boolean admit(Notice notice) {
    writeWhatWasHeldBack();
    boolean admitted = limiter.admit(notice, clock.instant());
    schedule();
    return admitted;
  }

  private synchronized void minuteOver() {
    scheduled = false;
    writeWhatWasHeldBack();
    schedule();
  }

  private void writeWhatWasHeldBack() {
    for (NoticeLimiter.Suppressed held : limiter.due(clock.instant())) {
      LOG.info(
          "NOTICES_SUPPRESSED tag={} subject={} count={}",
          held.tag(),
          held.subject().isEmpty() ? "others" : held.subject(),
          held.count());
    }
  }

  private void schedule() {
    Instant end = limiter.nextEnd();
    if (end != null && !scheduled) {
      scheduled = true;
      later.run(Duration.between(clock.instant(), end), this::minuteOver);
    }
  }
}
