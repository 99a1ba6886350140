package dev.culvert.daemon.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Lines for the systemd journal: each begins with its priority (sd-daemon(3)), those of a stack
 * trace too, and without the time, which the journal has.
 */
final class JournalLayout extends PatternLayout {
  private static final String PATTERN = "%-5level %logger{0} %msg%n%rEx";

  JournalLayout() {
    setPattern(PATTERN);
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    String prefix = "<" + priority(event.getLevel()) + ">";
    return super.doLayout(event)
        .lines()
        .map(line -> prefix + line + System.lineSeparator())
        .collect(Collectors.joining());
  }

  /** Those of syslog(3). */
  private static int priority(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> 3;
      case Level.WARN_INT -> 4;
      case Level.INFO_INT -> 6;
      default -> 7;
    };
  }

  /**
   * Whether a file is the stream that systemd has connected to the journal. A program may inherit
   * the variable and write elsewhere.
   *
   * @param journalStream the value of {@code JOURNAL_STREAM}: device and inode of that stream
   */
  static boolean isJournal(@Nullable String journalStream, Path file) {
    if (journalStream == null) {
      return false;
    }
    try {
      Object device = Files.getAttribute(file, "unix:dev");
      Object inode = Files.getAttribute(file, "unix:ino");
      return journalStream.equals(device + ":" + inode);
    } catch (IOException e) {
      // Nothing to compare with: the plain form says everything too.
      return false;
    }
  }
}
