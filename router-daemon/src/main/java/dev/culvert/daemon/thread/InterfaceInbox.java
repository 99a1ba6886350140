package dev.culvert.daemon.thread;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.wire.Octets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A protocol's packets that have come and wait for the engine: a line for each interface, bounded
 * for itself, and taken from by turns. So what one segment floods costs its own neighbors alone.
 * Confined to the routing thread.
 *
 * @param <P> a packet
 */
public final class InterfaceInbox<P> {
  /** Of all interfaces; where they hold more, each may still have {@link #ALWAYS} waiting. */
  static final long MOST_OCTETS_OF_ALL = 64L << 20;

  /** Hellos of a few neighbors, which keep them. */
  static final int ALWAYS = 8;

  private static final class Line<P> {
    final ArrayDeque<P> packets = new ArrayDeque<>();
    long octets;
  }

  private final Map<InterfaceName, Line<P>> lines = new HashMap<>();

  /** Those that hold something, the next one to be taken from first. */
  private final ArrayDeque<Line<P>> turns = new ArrayDeque<>();

  private final Function<? super P, InterfaceName> in;
  private final Function<? super P, Octets> payload;
  private final int mostPackets;
  private final int mostOctets;
  private long octetsOfAll;
  private long refused;

  /**
   * @param in the interface that a packet came by
   * @param mostPackets of an interface; likewise mostOctets
   */
  public InterfaceInbox(
      Function<? super P, InterfaceName> in,
      Function<? super P, Octets> payload,
      int mostPackets,
      int mostOctets) {
    this.in = in;
    this.payload = payload;
    this.mostPackets = mostPackets;
    this.mostOctets = mostOctets;
  }

  /** Takes a packet in; false, and it is counted, if its interface has too much waiting. */
  public boolean offer(P packet) {
    Line<P> line = lines.computeIfAbsent(in.apply(packet), name -> new Line<>());
    int octets = payload.apply(packet).length();
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

  private boolean hasRoom(Line<P> line, int octets) {
    int packets = line.packets.size();
    boolean ofLine = packets < mostPackets && line.octets + octets <= mostOctets;
    return ofLine && (packets < ALWAYS || octetsOfAll + octets <= MOST_OCTETS_OF_ALL);
  }

  /** The next packet, of another interface than the one before if any other has one. */
  public @Nullable P take() {
    Line<P> line = turns.poll();
    if (line == null) {
      return null;
    }
    P packet = line.packets.remove();
    int octets = payload.apply(packet).length();
    line.octets -= octets;
    octetsOfAll -= octets;
    if (!line.packets.isEmpty()) {
      turns.add(line);
    }
    return packet;
  }

  public boolean isEmpty() {
    return turns.isEmpty();
  }

  /** The interface is not listened to any more: what has come from it is of no use. */
  public void forget(InterfaceName name) {
    Line<P> line = lines.remove(name);
    if (line != null) {
      turns.remove(line);
      octetsOfAll -= line.octets;
    }
  }

  /** Packets that found no room. */
  public long refused() {
    return refused;
  }
}
