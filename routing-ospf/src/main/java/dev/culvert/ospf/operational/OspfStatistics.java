package dev.culvert.ospf.operational;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * {@code show ospf statistics}: totals since the engine was made.
 *
 * @param spfNanos time spent in routing table calculations
 * @param sent packets by type, in wire order: Hello, DbD, LSReq, LSUpdate, LSAck
 * @param received likewise
 * @param receiveErrors by cause, such as {@code area mismatches}; causes that occurred only
 */
public record OspfStatistics(
    SequencedMap<String, Long> sent,
    SequencedMap<String, Long> received,
    long databaseDescriptionsRetransmitted,
    long lsasFlooded,
    long lsasRetransmitted,
    long lsasRequested,
    long lsasAcknowledged,
    long lsasOriginated,
    long spfRuns,
    long spfNanos,
    int retransmitEntries,
    int requestEntries,
    SequencedMap<String, Long> receiveErrors) {
  public OspfStatistics {
    sent = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(sent));
    received = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(received));
    receiveErrors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(receiveErrors));
  }

  /** With a cause that the engine does not see. */
  public OspfStatistics withReceiveError(String cause, long count) {
    SequencedMap<String, Long> errors = new LinkedHashMap<>(receiveErrors);
    errors.put(cause, count);
    return new OspfStatistics(
        sent,
        received,
        databaseDescriptionsRetransmitted,
        lsasFlooded,
        lsasRetransmitted,
        lsasRequested,
        lsasAcknowledged,
        lsasOriginated,
        spfRuns,
        spfNanos,
        retransmitEntries,
        requestEntries,
        errors);
  }
}
