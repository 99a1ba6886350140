package dev.culvert.engine.barrier;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiFunction;

/**
 * The last events of one instance, for the replay of a fault: bounded in number and in memory, the
 * oldest go first. Confined to the thread of its instance.
 */
public final class EventRecorder<E> {
  static final int MOST_EVENTS = 256;

  /** Twice that as hexadecimal digits, and sixteen such files: nothing a disk would notice. */
  static final int MOST_OCTETS = 256 * 1024;

  private final BiFunction<Instant, E, RecordedEvent> recording;
  private final ArrayDeque<RecordedEvent> events = new ArrayDeque<>();
  private int octets;

  /**
   * @param recording what to keep of an event: never a secret
   */
  public EventRecorder(BiFunction<Instant, E, RecordedEvent> recording) {
    this.recording = recording;
  }

  void record(Instant at, E event) {
    add(recording.apply(at, event));
  }

  void add(RecordedEvent event) {
    events.addLast(event);
    octets += event.octets();
    // The newest stays whatever its size: it is the one that counts.
    while (events.size() > 1 && (events.size() > MOST_EVENTS || octets > MOST_OCTETS)) {
      octets -= events.removeFirst().octets();
    }
  }

  void clear() {
    events.clear();
    octets = 0;
  }

  /** Oldest first. */
  List<RecordedEvent> events() {
    return List.copyOf(events);
  }
}
