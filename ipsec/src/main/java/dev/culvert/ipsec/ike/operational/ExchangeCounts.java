package dev.culvert.ipsec.ike.operational;

/** Messages of one kind of exchange, by direction. */
public record ExchangeCounts(
    long requestsIn, long responsesIn, long requestsOut, long responsesOut) {
  public static final ExchangeCounts NONE = new ExchangeCounts(0, 0, 0, 0);
}
