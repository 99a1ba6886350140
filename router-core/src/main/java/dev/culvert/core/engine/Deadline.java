package dev.culvert.core.engine;

import java.time.Instant;

/** An instant something is due at, and the timer behind it, for logs and traces. */
public record Deadline(Instant at, Object cause) {}
