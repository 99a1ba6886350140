package dev.culvert.ipsec.ike.sa;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/** What the engine counts. */
public final class Statistics {
  /** Why a received message was not acted upon. */
  public enum Drop {
    MALFORMED,
    FOREIGN_VERSION,
    UNKNOWN_EXCHANGE,
    UNKNOWN_SPI,
    UNEXPECTED,
    MESSAGE_ID,
    NOT_AUTHENTIC,
    REPETITION,
    NO_GATEWAY,
    TOO_MANY_HALF_OPEN
  }

  public final ExchangeTally exchanges = new ExchangeTally();
  private final Map<Drop, Long> drops = new EnumMap<>(Drop.class);
  private final TreeMap<String, Long> failures = new TreeMap<>();
  public final ShortcutCounters shortcuts = new ShortcutCounters();
  public long retransmissions;
  public long cookiesRequested;
  public long cookiesReturned;
  public long deadPeers;
  public long keepalivesSent;
  public long invalidSpis;
  public long crashesProven;

  public void drop(Drop cause) {
    drops.merge(cause, 1L, Long::sum);
  }

  public void failed(DownReason reason) {
    failures.merge(reason.label(), 1L, Long::sum);
  }

  public IkeStatistics view(long halfOpen) {
    SequencedMap<String, Long> dropped = new LinkedHashMap<>();
    for (Drop cause : Drop.values()) {
      dropped.put(ValueTypes.junosWord(cause), drops.getOrDefault(cause, 0L));
    }
    return new IkeStatistics(
        exchanges.view(),
        dropped,
        new TreeMap<>(failures),
        retransmissions,
        halfOpen,
        cookiesRequested,
        cookiesReturned,
        deadPeers,
        keepalivesSent,
        invalidSpis,
        crashesProven,
        shortcuts.view());
  }
}
