package dev.culvert.core.liveness;

import static dev.culvert.core.config.SchemaNode.container;
import static dev.culvert.core.config.SchemaNode.leaf;
import static dev.culvert.core.config.ValueTypes.integer;

import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaNode;
import dev.culvert.core.config.ValueType;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The statement {@code bfd-liveness-detection}, the same wherever it may stand. */
public final class LivenessSchema {
  public static final String KEYWORD = "bfd-liveness-detection";
  private static final ValueType<Integer> INTERVAL = integer(10, 255000);
  private static final ValueType<Integer> MULTIPLIER = integer(1, 255);

  private LivenessSchema() {}

  public static SchemaNode schema() {
    return container(
        KEYWORD,
        "Detect loss of the neighbor by BFD",
        leaf("minimum-interval", "Transmit and receive interval in milliseconds", INTERVAL),
        container(
            "transmit-interval",
            "Transmission only",
            leaf("minimum-interval", "Transmit interval in milliseconds", INTERVAL)),
        leaf("minimum-receive-interval", "Receive interval in milliseconds", INTERVAL),
        leaf("multiplier", "Packets missed before the neighbor is down", MULTIPLIER));
  }

  /** Reads the statement from its parent, or null where the parent has none. */
  public static @Nullable LivenessConfig bind(ConfigNode parent, Diagnostics diagnostics) {
    ConfigNode node = parent.child(KEYWORD).orElse(null);
    if (node == null) {
      return null;
    }
    Optional<Integer> both = node.leaf("minimum-interval", INTERVAL);
    Optional<Integer> transmit =
        node.child("transmit-interval")
            .flatMap(t -> t.leaf("minimum-interval", INTERVAL))
            .or(() -> both);
    Optional<Integer> receive = node.leaf("minimum-receive-interval", INTERVAL).or(() -> both);
    if (transmit.isEmpty() || receive.isEmpty()) {
      diagnostics.error(
          node, "needs minimum-interval, or both transmit-interval and minimum-receive-interval");
      return null;
    }
    return new LivenessConfig(
        Duration.ofMillis(transmit.get()),
        Duration.ofMillis(receive.get()),
        node.leaf("multiplier", MULTIPLIER).orElse(LivenessConfig.DEFAULT_MULTIPLIER));
  }
}
