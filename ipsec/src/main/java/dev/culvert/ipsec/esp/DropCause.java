package dev.culvert.ipsec.esp;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/** Why the data path dropped a packet: one counter each. */
public enum DropCause {
  /** The integrity check value did not match (RFC 4303 §3.4.4). */
  AUTHENTICATION,
  /** The sequence number was seen before or lies behind the window (RFC 4303 §3.4.3). */
  REPLAY,
  /** Too short, not a multiple of the block, or no IP packet inside. */
  MALFORMED,
  /** The padding is not 1, 2, 3 ... (RFC 4303 §2.4). */
  PADDING,
  /** Outside the traffic selectors of its SA (RFC 4301 §5.1 and §5.2). */
  SELECTOR,
  /** No outbound SA for the tunnel. */
  NO_SA,
  /** The next hop is nobody's tunnel: no next-hop-tunnel binding of a multipoint unit has it. */
  NO_NEXT_HOP_TUNNEL,
  /** No inbound SA with that SPI. */
  INVALID_SPI,
  /** Does not fit the tunnel and must not be fragmented. */
  MTU,
  /** The kernel took no more. */
  QUEUE_FULL,
  /** The SA has used up its sequence numbers (RFC 4303 §3.3.3). */
  SEQUENCE_EXHAUSTED,
  /** The SA has carried the octets or packets it may (RFC 4301 §4.4.2.1). */
  LIFETIME,
  /** Congestion was marked on a packet whose transport cannot hear of it (RFC 6040 §4.2). */
  CONGESTION,
  /** No socket is bound to the SA's local address. */
  NO_PORT,
  /** Packets had waited for too long, and the sender was to hear of it (RFC 8289). */
  QUEUE_DELAY;

  /** A count for each cause. */
  public static Map<DropCause, Long> count(ToLongFunction<DropCause> counter) {
    Map<DropCause, Long> counts = new EnumMap<>(DropCause.class);
    for (DropCause cause : values()) {
      counts.put(cause, counter.applyAsLong(cause));
    }
    return counts;
  }

  /** The cause as a metric label: lower case, words joined by an underscore. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
