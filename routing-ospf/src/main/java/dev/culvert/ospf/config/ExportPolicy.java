package dev.culvert.ospf.config;

import dev.culvert.core.rib.Route;
import org.jspecify.annotations.Nullable;

/** Decides which active routes OSPF advertises as AS externals, and how. */
@FunctionalInterface
public interface ExportPolicy {
  /** What holds where no export policy is configured. */
  ExportPolicy REJECT_ALL = route -> new Decision.Reject();

  Decision evaluate(Route route);

  /** The verdict on one route. */
  sealed interface Decision {
    record Reject() implements Decision {}

    /** Advertise; null takes the default: metric 0, type 2, tag 0. */
    record Accept(
        @Nullable Long metric, @Nullable ExternalMetricType metricType, @Nullable Long tag)
        implements Decision {}
  }

  /** RFC 2328 §2.3: type 1 adds to the cost inside the AS, type 2 outweighs it. */
  enum ExternalMetricType {
    TYPE_1,
    TYPE_2
  }
}
