package dev.culvert.daemon.ospf;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.engine.RouterEvent;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OSPF packets that have come and wait for the engine: a line for each interface, bounded for
 * itself, and taken from by turns. So what one segment floods costs its own neighbors alone.
 * Confined to the routing thread.
 */
final class OspfInbox {
  /** Of an interface: more than a neighbor sends while its database is exchanged. */
  static final int MOST_PACKETS = 1024;

  /** Of an interface. */
  static final int MOST_OCTETS = 1 << 20;

  /** Of all interfaces; where they hold more, each may still have {@link #ALWAYS} waiting. */
  static final long MOST_OCTETS_OF_ALL = 64L << 20;

  /** Hellos of a few neighbors, which keep them. */
  static final int ALWAYS = 8;

  private static final class Line {
    final ArrayDeque<RouterEvent.OspfPacketReceived> packets = new ArrayDeque<>();
    long octets;
  }

  private final Map<InterfaceName, Line> lines = new HashMap<>();

  /** Those that hold something, the next one to be taken from first. */
  private final ArrayDeque<Line> turns = new ArrayDeque<>();

  private long octetsOfAll;
  private long refused;

  /** Takes a packet in; false, and it is counted, if its interface has too much waiting. */
  boolean offer(RouterEvent.OspfPacketReceived packet) {
    Line line = lines.computeIfAbsent(packet.in(), name -> new Line());
    int octets = packet.payload().length();
    if (!hasRoom(line, octets)) {
      refused++;
      return false;
    }
    if (line.packets.isEmpty()) {
      turns.add(line);
    }
    line.packets.add(packet);
    line.octets += octets;
    octetsOfAll += octets;
    return true;
  }

  private boolean hasRoom(Line line, int octets) {
    int packets = line.packets.size();
    boolean ofLine = packets < MOST_PACKETS && line.octets + octets <= MOST_OCTETS;
    return ofLine && (packets < ALWAYS || octetsOfAll + octets <= MOST_OCTETS_OF_ALL);
  }

  /** The next packet, of another interface than the one before if any other has one. */
  RouterEvent.@Nullable OspfPacketReceived take() {
    Line line = turns.poll();
    if (line == null) {
      return null;
    }
    RouterEvent.OspfPacketReceived packet = line.packets.remove();
    line.octets -= packet.payload().length();
    octetsOfAll -= packet.payload().length();
    if (!line.packets.isEmpty()) {
      turns.add(line);
    }
    return packet;
  }

  boolean isEmpty() {
    return turns.isEmpty();
  }

  /** The interface is not listened to any more: what has come from it is of no use. */
  void forget(InterfaceName name) {
    Line line = lines.remove(name);
    if (line != null) {
      turns.remove(line);
      octetsOfAll -= line.octets;
    }
  }

  /** Packets that found no room. */
  long refused() {
    return refused;
  }
}
