package dev.culvert.engine.barrier;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * The last events of one instance, for the replay of a fault: bounded in number and in memory, the
 * oldest go first. Those of strangers have a bound of their own, so that a flood of them does not
 * wash out what led up to it. Confined to the thread of its instance.
 */
public final class EventRecorder<E> {
  static final int MOST_EVENTS = 256;

  /** Twice that as hexadecimal digits, and sixteen such files: nothing a disk would notice. */
  static final int MOST_OCTETS = 256 * 1024;

  static final int MOST_EVENTS_OF_STRANGERS = 64;
  static final int MOST_OCTETS_OF_STRANGERS = 64 * 1024;

  private final BiFunction<Instant, E, RecordedEvent> recording;
  private final Kept ours = new Kept(MOST_EVENTS, MOST_OCTETS);
  private final Kept ofStrangers = new Kept(MOST_EVENTS_OF_STRANGERS, MOST_OCTETS_OF_STRANGERS);
  private long count;

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
    (event.fromStranger() ? ofStrangers : ours).add(new Numbered(count++, event));
  }

  void clear() {
    ours.clear();
    ofStrangers.clear();
  }

  /** Oldest first. */
  List<RecordedEvent> events() {
    return Stream.concat(ours.events.stream(), ofStrangers.events.stream())
        .sorted(Comparator.comparingLong(Numbered::number))
        .map(Numbered::event)
        .toList();
  }

  private record Numbered(long number, RecordedEvent event) {}

  private static final class Kept {
    private final int mostEvents;
    private final int mostOctets;
    final ArrayDeque<Numbered> events = new ArrayDeque<>();
    private int octets;

    Kept(int mostEvents, int mostOctets) {
      this.mostEvents = mostEvents;
      this.mostOctets = mostOctets;
    }

    void add(Numbered added) {
      events.addLast(added);
      octets += added.event.octets();
      // The newest stays whatever its size: it is the one that counts.
      while (events.size() > 1 && (events.size() > mostEvents || octets > mostOctets)) {
        octets -= events.removeFirst().event.octets();
      }
    }

    void clear() {
      events.clear();
      octets = 0;
    }
  }
}
