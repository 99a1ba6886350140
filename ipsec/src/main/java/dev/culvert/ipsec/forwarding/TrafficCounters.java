package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.sa.SaTraffic;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Packets, octets and drops of one direction. Written by the one thread that owns the direction,
 * without a locked instruction; readable by any.
 */
@SuppressWarnings("EnumOrdinal") // an index that never leaves this class
final class TrafficCounters {
  private static final int PACKETS = 0;
  private static final int OCTETS = 1;
  private static final int LARGE = 2;
  private static final int FIRST_DROP = 3;
  private static final DropCause[] CAUSES = DropCause.values();

  private final AtomicLongArray values = new AtomicLongArray(FIRST_DROP + CAUSES.length);

  void count(int octets) {
    add(PACKETS, 1);
    add(OCTETS, octets);
    if (octets > SaTraffic.LARGE) {
      add(LARGE, 1);
    }
  }

  void drop(DropCause cause) {
    add(FIRST_DROP + cause.ordinal(), 1);
  }

  void drop(DropCause cause, int packets) {
    add(FIRST_DROP + cause.ordinal(), packets);
  }

  long packets() {
    return values.getOpaque(PACKETS);
  }

  long octets() {
    return values.getOpaque(OCTETS);
  }

  /** Packets over {@link SaTraffic#LARGE}. */
  long large() {
    return values.getOpaque(LARGE);
  }

  long dropped(DropCause cause) {
    return values.getOpaque(FIRST_DROP + cause.ordinal());
  }

  static long packets(TrafficCounters... counters) {
    long sum = 0;
    for (TrafficCounters one : counters) {
      sum += one.packets();
    }
    return sum;
  }

  static long octets(TrafficCounters... counters) {
    long sum = 0;
    for (TrafficCounters one : counters) {
      sum += one.octets();
    }
    return sum;
  }

  static long dropped(DropCause cause, TrafficCounters... counters) {
    long sum = 0;
    for (TrafficCounters one : counters) {
      sum += one.dropped(cause);
    }
    return sum;
  }

  private void add(int index, long amount) {
    values.setOpaque(index, values.getPlain(index) + amount);
  }
}
