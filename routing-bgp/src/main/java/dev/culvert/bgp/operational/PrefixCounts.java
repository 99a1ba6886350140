package dev.culvert.bgp.operational;

/** Prefixes of one peer in {@code inet.0}. */
public record PrefixCounts(
    long active, long received, long accepted, long suppressed, long advertised) {}
