package dev.culvert.ipsec.ike.operational;

import java.time.Instant;

/** One line of "Tunnel events": what happened last at that instant, and how often in a row. */
public record TunnelEvent(Instant at, String text, int count) {}
