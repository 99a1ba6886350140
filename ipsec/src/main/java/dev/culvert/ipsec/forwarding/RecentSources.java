package dev.culvert.ipsec.forwarding;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * From which of a unit's peers the packets of a source came last, as far as there is room: sources
 * that share a place push each other out. Written by inbound threads and read by outbound threads
 * without order between them: what is told by it is a hint.
 */
final class RecentSources {
  private static final int PLACES = 4_096;
  private static final int PLACE_BITS = 12;

  /** Numbers of peers are positive. */
  static final int NOBODY = 0;

  /** The lower half of the source's hash, which its place is not of, and the peer. */
  private final AtomicLongArray places = new AtomicLongArray(PLACES);

  void heard(long high, long low, int peer) {
    long hash = hash(high, low);
    long entry = hash << Integer.SIZE | peer;
    int place = place(hash);
    // Mostly it is there already, and a line that is only read stays with all that read it.
    if (places.getOpaque(place) != entry) {
      places.setOpaque(place, entry);
    }
  }

  /** {@link #NOBODY} if that is not known. */
  int peerOf(long high, long low) {
    long hash = hash(high, low);
    long entry = places.getOpaque(place(hash));
    return (int) (entry >>> Integer.SIZE) == (int) hash ? (int) entry : NOBODY;
  }

  private static int place(long hash) {
    return (int) (hash >>> (Long.SIZE - PLACE_BITS));
  }

  private static long hash(long high, long low) {
    long mixed = (high * 0x9E37_79B9_7F4A_7C15L ^ low) * 0xBF58_476D_1CE4_E5B9L;
    return (mixed ^ mixed >>> 32) * 0x94D0_49BB_1331_11EBL;
  }
}
