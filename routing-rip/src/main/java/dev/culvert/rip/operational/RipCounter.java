package dev.culvert.rip.operational;

/** How often something happened, as {@code show rip statistics} prints it. */
public record RipCounter(String name, long total, long lastFiveMinutes, long lastMinute) {}
