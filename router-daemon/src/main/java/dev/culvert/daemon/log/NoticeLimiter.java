package dev.culvert.daemon.log;

import dev.culvert.core.notice.Notice;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often a notice that others can trigger is written: {@value #BURST} times a minute for each
 * tag and subject, so that one peer's failures do not hide another's. What was held back is told
 * when its minute is over. Not safe to share.
 */
final class NoticeLimiter {
  static final int BURST = 5;
  static final Duration WINDOW = Duration.ofMinutes(1);

  /** As many VPNs or neighbors as a large hub has; the rest share one window a tag. */
  static final int MOST_SUBJECTS = 4096;

  /** Of subjects that anyone can make up: a log must not be filled by inventing more. */
  static final int MOST_STRANGERS = 8;

  /** So much was held back in a minute that is over. */
  record Suppressed(String tag, String subject, long count) {}

  /** An empty subject stands for all that have no window of their own. */
  private record Key(String tag, String subject) {}

  private static final class Window {
    final Instant end;
    int written;
    long suppressed;

    Window(Instant end) {
      this.end = end;
    }
  }

  /** In the order of their ends, as all last equally long. */
  private final Map<Key, Window> windows = new LinkedHashMap<>();

  private final Map<String, Integer> subjects = new LinkedHashMap<>();

  /** Whether the notice may be written. What {@link #due} returns is to be written before. */
  boolean admit(Notice notice, Instant now) {
    if (notice.rate() == Notice.Rate.UNLIMITED) {
      return true;
    }
    Window window = window(notice, now);
    if (window.written < BURST) {
      window.written++;
      return true;
    }
    window.suppressed++;
    return false;
  }

  private Window window(Notice notice, Instant now) {
    Key own = new Key(notice.tag(), notice.subject());
    Window known = windows.get(own);
    if (known != null) {
      return known;
    }
    int most = notice.rate() == Notice.Rate.STRANGERS ? MOST_STRANGERS : MOST_SUBJECTS;
    boolean room = subjects.getOrDefault(notice.tag(), 0) < most;
    Key key = room ? own : new Key(notice.tag(), "");
    return windows.computeIfAbsent(
        key,
        k -> {
          subjects.merge(k.tag(), 1, Integer::sum);
          return new Window(now.plus(WINDOW));
        });
  }

  /** Ends the minutes that are over, and says what was held back in them. */
  List<Suppressed> due(Instant now) {
    List<Suppressed> all = new ArrayList<>();
    Iterator<Map.Entry<Key, Window>> entries = windows.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Key, Window> entry = entries.next();
      if (entry.getValue().end.isAfter(now)) {
        break;
      }
      Key key = entry.getKey();
      if (entry.getValue().suppressed > 0) {
        all.add(new Suppressed(key.tag(), key.subject(), entry.getValue().suppressed));
      }
      subjects.computeIfPresent(key.tag(), (tag, count) -> count > 1 ? count - 1 : null);
      entries.remove();
    }
    return all;
  }

  /** When {@link #due} has something to end, or null. */
  @Nullable Instant nextEnd() {
    return windows.isEmpty() ? null : windows.values().iterator().next().end;
  }
}
