package dev.culvert.engine.barrier;

import java.time.Instant;

/**
 * One thing an instance was told, as the {@link EventRecorder} keeps it. Immutable, its text is
 * made only when it is needed.
 *
 * @param what the event, or text in its place where it is too large or holds secrets
 * @param octets about how much memory it keeps alive
 * @param fromStranger anyone can bring it about, and as often as he likes
 */
public record RecordedEvent(Instant at, Object what, int octets, boolean fromStranger) {
  public RecordedEvent(Instant at, Object what, int octets) {
    this(at, what, octets, false);
  }

  @Override
  public String toString() {
    return at + " " + what;
  }
}
