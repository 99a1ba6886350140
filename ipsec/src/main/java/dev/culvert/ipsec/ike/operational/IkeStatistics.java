package dev.culvert.ipsec.ike.operational;

import dev.culvert.ipsec.ike.message.ExchangeType;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Counters of the whole engine.
 *
 * @param exchanges by exchange name
 * @param drops received messages that were not acted upon, by cause
 * @param failures negotiations that failed, by {@link DownReason#label}
 * @param crashesProven IKE SAs that ended because the peer has shown its token (RFC 6290)
 */
public record IkeStatistics(
    SequencedMap<String, ExchangeCounts> exchanges,
    SequencedMap<String, Long> drops,
    SequencedMap<String, Long> failures,
    long retransmissions,
    long halfOpen,
    long cookiesRequested,
    long cookiesReturned,
    long deadPeers,
    long keepalivesSent,
    long invalidSpis,
    long crashesProven,
    ShortcutCounts shortcuts) {
  /**
   * The same with what was decided of IKE_SA_INIT requests, and of other messages, before the
   * engine saw them.
   *
   * @param refused by cause; a cause that is there already is added to
   * @param cookies requests that were answered by asking for a cookie
   */
  public IkeStatistics withDoor(SequencedMap<String, Long> refused, long cookies) {
    SequencedMap<String, ExchangeCounts> messages = new LinkedHashMap<>(exchanges);
    messages.computeIfPresent(
        ExchangeType.IKE_SA_INIT.name(),
        (name, c) ->
            new ExchangeCounts(
                c.requestsIn() + cookies,
                c.responsesIn(),
                c.requestsOut(),
                c.responsesOut() + cookies));
    SequencedMap<String, Long> dropped = new LinkedHashMap<>(drops);
    refused.forEach((cause, count) -> dropped.merge(cause, count, Long::sum));
    return new IkeStatistics(
        messages,
        dropped,
        failures,
        retransmissions,
        halfOpen,
        cookiesRequested + cookies,
        cookiesReturned,
        deadPeers,
        keepalivesSent,
        invalidSpis,
        crashesProven,
        shortcuts);
  }
}
