package dev.culvert.core.rib.statics;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;

/** What static routes ask of liveness detection. */
public sealed interface LivenessWatch {
  LivenessTarget target();

  /** Begins to watch, or watches with other parameters. */
  record Start(LivenessTarget target, LivenessConfig config) implements LivenessWatch {}

  record Stop(LivenessTarget target) implements LivenessWatch {}
}
