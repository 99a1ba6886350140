package dev.culvert.testbed;

import dev.culvert.testbed.packet.Ipv4Packet;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A digest of everything that happened, so that two runs can be told to be the same, and the last
 * notices in words for the reader of a failed test.
 */
public final class Trace {
  private static final int LINES_KEPT = 400;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final EventQueue time;
  private final ArrayDeque<String> lines = new ArrayDeque<>();
  private long digest = 0xcbf29ce484222325L;

  Trace(EventQueue time) {
    this.time = time;
  }

  /** A packet put on a medium. */
  void packet(int medium, Ipv4Packet packet) {
    mix(time.nowNanos());
    mix(medium);
    mix(packet.source().bits());
    mix(packet.destination().bits());
    mix(packet.protocol() << 8 | packet.ttl());
    mix(packet.payload().hashCode());
  }

  /** Something worth a line. */
  void line(String who, String what) {
    mix(time.nowNanos());
    mix(who.hashCode());
    mix(what.hashCode());
    if (lines.size() == LINES_KEPT) {
      lines.removeFirst();
    }
    lines.add("%12.6f %s %s".formatted(time.nowNanos() / 1e9, who, what));
  }

  /** The same for two runs exactly if (but for chance) they were the same. */
  public long digest() {
    return digest;
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  private void mix(long value) {
    digest = (digest ^ value) * FNV_PRIME;
    digest ^= digest >>> 29;
  }
}
