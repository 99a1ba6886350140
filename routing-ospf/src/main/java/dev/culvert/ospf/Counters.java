package dev.culvert.ospf;

import dev.culvert.ospf.packet.PacketType;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** What happened, in plain longs. Confined to the routing thread. */
final class Counters {
  final Map<PacketType, long[]> sent = zeros();
  final Map<PacketType, long[]> received = zeros();
  final TreeMap<String, Long> errors = new TreeMap<>();
  long databaseDescriptionsRetransmitted;
  long lsasFlooded;
  long lsasRetransmitted;
  long lsasRequested;
  long lsasAcknowledged;
  long lsasOriginated;
  long spfRuns;

  /** The causes are phrases in the code, never text off the wire: the map stays small. */
  void error(String cause) {
    errors.merge(cause, 1L, Long::sum);
  }

  private static Map<PacketType, long[]> zeros() {
    Map<PacketType, long[]> counters = new EnumMap<>(PacketType.class);
    for (PacketType type : PacketType.values()) {
      counters.put(type, new long[1]);
    }
    return counters;
  }
}
