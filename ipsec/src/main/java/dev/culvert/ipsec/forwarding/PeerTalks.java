package dev.culvert.ipsec.forwarding;

import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.sa.SaNotice;
import java.util.Arrays;

/**
 * Notices packets that one peer of a unit sends to another through us, and tells IKE of the two
 * once a second. It belongs to an outbound thread, and allocates nothing but the notice.
 */
final class PeerTalks {
  static final long REPEAT_NANOS = 1_000_000_000L;

  /** Pairs that share a place wait for each other, so no more is told in a second than that. */
  private static final int PLACES = 256;

  private static final int PLACE_BITS = 8;

  private final DataPathListener listener;
  private final long[] atNanos = new long[PLACES];

  PeerTalks(DataPathListener listener, long nowNanos) {
    this.listener = listener;
    Arrays.fill(atNanos, nowNanos - REPEAT_NANOS);
  }

  /** A packet leaves by that peer. */
  void passing(TunnelUnit tunnel, InnerPacket packet, int to, long nowNanos) {
    RecentSources sources = tunnel.knownSources();
    if (sources == null) {
      return;
    }
    long high = packet.sourceHigh(packet.memory());
    long low = packet.sourceLow(packet.memory());
    int from = sources.peerOf(high, low);
    if (from == RecentSources.NOBODY || from == to) {
      return;
    }
    long pair = ((long) from << Integer.SIZE | to) * 0x9E37_79B9_7F4A_7C15L;
    int place = (int) (pair >>> (Long.SIZE - PLACE_BITS));
    if (nowNanos - atNanos[place] < REPEAT_NANOS) {
      return;
    }
    atNanos[place] = nowNanos;
    IpAddress source = Peer.endpoint(high, low, 0).address();
    IpAddress destination =
        Peer.endpoint(
                packet.destinationHigh(packet.memory()), packet.destinationLow(packet.memory()), 0)
            .address();
    listener.saNotice(new SaNotice.PeersTalk(tunnel.name, from, to, source, destination));
  }
}
