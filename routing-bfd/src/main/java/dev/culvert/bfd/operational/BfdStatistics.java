package dev.culvert.bfd.operational;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Counters since start; drops by cause, every cause present. */
public record BfdStatistics(
    int sessions,
    int sessionsUp,
    long packetsSent,
    long packetsReceived,
    SequencedMap<DropCause, Long> dropped) {

  /** Why a received packet was not used; the text is a metric label. */
  public enum DropCause {
    TTL("ttl"),
    MALFORMED("malformed"),
    AUTHENTICATION("authentication"),
    UNKNOWN_DISCRIMINATOR("unknown-discriminator"),
    NO_SESSION("no-session"),
    WITHOUT_DISCRIMINATOR("without-discriminator"),
    WRONG_PEER("wrong-peer"),
    ADMINISTRATIVELY_DOWN("administratively-down");

    private final String label;

    DropCause(String label) {
      this.label = label;
    }

    public String label() {
      return label;
    }
  }

  public BfdStatistics {
    dropped = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(dropped));
  }
}
