package dev.culvert.lab.bench.measure;

/** One figure of one measurement. */
public record Reading(Metric metric, double value) {}
