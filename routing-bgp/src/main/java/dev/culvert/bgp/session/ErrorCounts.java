package dev.culvert.bgp.session;

/** Malformed UPDATEs of one peer by the reaction of RFC 7606 they met. */
public record ErrorCounts(
    long attributesDiscarded, long treatedAsWithdraw, long sessionResets, long loopsRejected) {
  public static final ErrorCounts NONE = new ErrorCounts(0, 0, 0, 0);
}
