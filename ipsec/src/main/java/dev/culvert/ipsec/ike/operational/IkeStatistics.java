package dev.culvert.ipsec.ike.operational;

import java.util.SequencedMap;

/**
 * Counters of the whole engine.
 *
 * @param exchanges by exchange name
 * @param drops received messages that were not acted upon, by cause
 * @param failures negotiations that failed, by {@link DownReason#label}
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
    long invalidSpis) {}
