package dev.culvert.daemon.metrics;

/** What a scraper gets. */
public record MetricsPage(String contentType, String text) {}
