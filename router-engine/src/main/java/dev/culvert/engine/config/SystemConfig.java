package dev.culvert.engine.config;

import dev.culvert.core.net.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The {@code system} hierarchy.
 *
 * @param hostName what the prompt and the metrics call this router
 * @param metricsListen where {@code /metrics} is served, or null for nowhere
 */
public record SystemConfig(String hostName, @Nullable Endpoint metricsListen) {
  public static final SystemConfig DEFAULT = new SystemConfig("culvert", null);
}
