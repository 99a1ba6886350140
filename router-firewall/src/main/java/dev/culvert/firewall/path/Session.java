package dev.culvert.firewall.path;

import dev.culvert.core.net.InterfaceName;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One conversation and its translation. Confined to who owns its {@link Sessions}. */
public final class Session {
  /** How far a TCP connection is; other protocols are open from the first packet on. */
  public enum Phase {
    OPENING,
    OPEN,
    CLOSING,
    /** By a FIN in each direction. */
    CLOSED,
    RESET;

    /** Whether another connection may take its place. */
    boolean isOver() {
      return this == CLOSED || this == RESET;
    }
  }

  private final Flow original;
  private final Flow translated;
  private final @Nullable InterfaceName masqueradedBy;
  private final @Nullable Duration inactivityTimeout;
  int policy;
  boolean answered;
  Phase phase = Phase.OPENING;
  Instant expires = Instant.MIN;

  Session(
      Flow original,
      Flow translated,
      int policy,
      @Nullable InterfaceName masqueradedBy,
      @Nullable Duration inactivityTimeout) {
    this.original = original;
    this.translated = translated;
    this.policy = policy;
    this.masqueradedBy = masqueradedBy;
    this.inactivityTimeout = inactivityTimeout;
  }

  /** The first packet as it came. */
  public Flow original() {
    return original;
  }

  /** The first packet as it left. */
  public Flow translated() {
    return translated;
  }

  /** What packets of a direction look like as they leave. */
  public Flow leaving(boolean reply) {
    return reply ? original.reversed() : translated;
  }

  /** Index of the policy that lets it be; 0 for none. */
  public int policy() {
    return policy;
  }

  /** The interface whose address its source was given; null for none. */
  public @Nullable InterfaceName masqueradedBy() {
    return masqueradedBy;
  }

  @Nullable Duration inactivityTimeout() {
    return inactivityTimeout;
  }

  /** Whether packets have gone both ways. */
  public boolean answered() {
    return answered;
  }

  public Phase phase() {
    return phase;
  }

  /** When it ends unless packets come. */
  public Instant expires() {
    return expires;
  }

  /** The destination as it is behind the router, for packets of a direction. */
  Flow withDestination(Flow arriving, boolean reply) {
    Flow leaving = leaving(reply);
    if (!arriving.isIcmp()) {
      return arriving.withDestination(leaving.destination(), leaving.destinationPort());
    }
    Flow led = arriving.withDestination(leaving.destination(), arriving.destinationPort());
    // The identifier belongs to who asked.
    return reply ? led.withSource(led.source(), leaving.sourcePort()) : led;
  }

  @Override
  public String toString() {
    return original + " as " + translated + " " + phase;
  }
}
