package dev.culvert.engine.barrier;

import java.time.Instant;
import java.util.List;

/**
 * A bug of ours and what led to it. Immutable.
 *
 * @param instance the protocol, or the thread where no protocol can be blamed
 * @param events what the instance was told last, oldest first; the last one broke it
 */
public record InstanceFault(
    String instance, Instant at, Throwable cause, List<RecordedEvent> events) {
  public InstanceFault {
    events = List.copyOf(events);
  }
}
