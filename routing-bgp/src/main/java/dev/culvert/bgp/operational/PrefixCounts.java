package dev.culvert.bgp.operational;

/**
 * Prefixes of one peer in {@code inet.0}.
 *
 * @param advertised it has been told of
 * @param waiting it is still to be told of, once it takes more
 * @param tooLong it cannot be told of: their attributes leave no room for them in a message
 */
public record PrefixCounts(
    long active,
    long received,
    long accepted,
    long suppressed,
    long advertised,
    long waiting,
    long tooLong) {}
