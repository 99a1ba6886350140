package dev.culvert.ospf;

import dev.culvert.ospf.packet.PacketType;
import java.util.EnumMap;
import java.util.TreeMap;

/** What happened, in plain longs. Confined to the routing thread. */
final class Counters {
  final EnumMap<PacketType, Long> sent = zeros();
  final EnumMap<PacketType, Long> received = zeros();
  final TreeMap<String, Long> errors = new TreeMap<>();
  long databaseDescriptionsRetransmitted;
  long lsasFlooded;
  long lsasRetransmitted;
  long lsasRequested;
  long lsasAcknowledged;
  long lsasOriginated;
  long spfRuns;
  long spfNanos;

  /** The causes are phrases in the code, never text off the wire: the map stays small. */
  void error(String cause) {
    errors.merge(cause, 1L, Long::sum);
  }

  void sent(PacketType type) {
    sent.merge(type, 1L, Long::sum);
  }

  void received(PacketType type) {
    received.merge(type, 1L, Long::sum);
  }

  private static EnumMap<PacketType, Long> zeros() {
    EnumMap<PacketType, Long> counters = new EnumMap<>(PacketType.class);
    for (PacketType type : PacketType.values()) {
      counters.put(type, 0L);
    }
    return counters;
  }
}
