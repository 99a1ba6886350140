package dev.culvert.daemon.show;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What became of the configuration file when it was read last.
 *
 * @param file as named on the command line
 * @param readAt when it was read last
 * @param refusal null if it is in force; otherwise in one line why it is not
 * @param fallback what is in force instead of a file that was refused at the start: the last
 *     configuration that was; null otherwise
 */
public record ConfigurationState(
    Path file, Instant readAt, @Nullable String refusal, @Nullable Path fallback) {
  public boolean isSuccessful() {
    return refusal == null;
  }
}
