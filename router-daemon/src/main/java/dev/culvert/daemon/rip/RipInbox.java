package dev.culvert.daemon.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.RouterEvent.RipDatagramReceived;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that have come and wait for the engine: a line for each interface, bounded for itself,
 * and taken from by turns. So what one segment floods costs its own neighbors alone. Confined to
 * the routing thread.
 */
final class RipInbox {
  /** Of an interface: an update of ten thousand routes. */
  static final int MOST_DATAGRAMS = 512;

  /** Of an interface. */
  static final int MOST_OCTETS = 1 << 19;

  private static final class Line {
    final ArrayDeque<RipDatagramReceived> datagrams = new ArrayDeque<>();
    long octets;
  }

  private final Map<InterfaceName, Line> lines = new HashMap<>();

  /** Those that hold something, the next one to be taken from first. */
  private final ArrayDeque<Line> turns = new ArrayDeque<>();

  private long refused;

  /** Takes a datagram in; false, and it is counted, if its interface has too much waiting. */
  boolean offer(RipDatagramReceived datagram) {
    Line line = lines.computeIfAbsent(datagram.in(), name -> new Line());
    int octets = datagram.payload().length();
    if (line.datagrams.size() >= MOST_DATAGRAMS || line.octets + octets > MOST_OCTETS) {
      refused++;
      return false;
    }
    if (line.datagrams.isEmpty()) {
      turns.add(line);
    }
    line.datagrams.add(datagram);
    line.octets += octets;
    return true;
  }

  /** The next datagram, of another interface than the one before if any other has one. */
  @Nullable RipDatagramReceived take() {
    Line line = turns.poll();
    if (line == null) {
      return null;
    }
    RipDatagramReceived datagram = line.datagrams.remove();
    line.octets -= datagram.payload().length();
    if (!line.datagrams.isEmpty()) {
      turns.add(line);
    }
    return datagram;
  }

  boolean isEmpty() {
    return turns.isEmpty();
  }

  /** The interface is not listened to any more: what has come from it is of no use. */
  void forget(InterfaceName name) {
    Line line = lines.remove(name);
    if (line != null) {
      turns.remove(line);
    }
  }

  /** Datagrams that found no room. */
  long refused() {
    return refused;
  }
}
