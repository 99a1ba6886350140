package dev.culvert.core.wire;

/** Why some bytes off the wire were refused: which field, where, and what was wrong with it. */
public record DecodeFault(String field, int offset, String reason) {}
