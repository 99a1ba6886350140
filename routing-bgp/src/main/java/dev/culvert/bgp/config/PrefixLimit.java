package dev.culvert.bgp.config;

/** {@code prefix-limit}: how many prefixes a peer may send, and whether more end the session. */
public record PrefixLimit(long maximum, boolean teardown) {}
