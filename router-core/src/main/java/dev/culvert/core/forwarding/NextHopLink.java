package dev.culvert.core.forwarding;

/**
 * The link addresses, of 48 bits, by which a kernel tells the next hop of a packet that it writes
 * into a multipoint tunnel device: they are of local administration, and their last 24 bits are the
 * number of the peer.
 */
public final class NextHopLink {
  /** Where what is for everybody goes. */
  public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

  /** Peers have numbers from 0 to this one. */
  public static final int HIGHEST_PEER = 0xFF_FFFF;

  private static final int PEER_BITS = 24;

  /** 02:43:56, which nobody has registered. */
  private static final long PREFIX = 0x02_4356L;

  /** Group addresses have it: the lowest bit of the first octet. */
  private static final long GROUP = 1L << 40;

  private NextHopLink() {}

  /** The link address of the peer of that number. */
  public static long of(int peer) {
    if (peer < 0 || peer > HIGHEST_PEER) {
      throw new IllegalArgumentException("peer " + peer);
    }
    return PREFIX << PEER_BITS | peer;
  }

  /** The next hop as {@link PacketBatch#nextHop} has it, of a packet to that link address. */
  public static int nextHop(long linkAddress) {
    if ((linkAddress & GROUP) != 0) {
      return PacketBatch.ALL_NEXT_HOPS;
    }
    return linkAddress >>> PEER_BITS == PREFIX
        ? (int) linkAddress & HIGHEST_PEER
        : PacketBatch.NO_NEXT_HOP;
  }
}
