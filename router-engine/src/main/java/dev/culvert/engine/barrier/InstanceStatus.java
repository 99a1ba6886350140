package dev.culvert.engine.barrier;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an instance fares, for {@code show system status} and the metrics.
 *
 * @param faults since the process began
 * @param restartAt when it goes on after a fault; null while it runs
 */
public record InstanceStatus(String name, long faults, @Nullable Instant restartAt) {}
