package dev.culvert.core.forwarding;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A fixed set of off-heap packet slots with their metadata in plain arrays, moved between the wire,
 * the tunnel devices and the IPsec data path. Allocated once; confined to one forwarding thread.
 *
 * <p>Slot {@code i} owns octets {@code [i * slotSize, (i + 1) * slotSize)} of {@link #memory}; its
 * packet lies at {@code offset[i]} (absolute in {@link #memory}) and has {@code length[i]} octets.
 * Addresses are held as IPv6, IPv4 ones in mapped form.
 */
public final class PacketBatch {
  /** Offload types of a TUN slot, as in virtio_net_hdr: 0 none, 1 TCPv4, 4 TCPv6, 5 UDP. */
  public static final int GSO_NONE = 0;

  public static final int GSO_TCPV4 = 1;
  public static final int GSO_TCPV6 = 4;
  public static final int GSO_UDP_L4 = 5;

  /** {@link #nextHop} of a packet that goes to whoever is there. */
  public static final int ALL_NEXT_HOPS = -2;

  /** {@link #nextHop} of a packet that has none, or one that nobody is. */
  public static final int NO_NEXT_HOP = -1;

  public final MemorySegment memory;
  public final int slots;
  public final int slotSize;

  /** Octets kept free in front of each packet for a header put there in place. */
  public final int headroom;

  public final int[] offset;
  public final int[] length;

  /** TUN: gso_size. Datagrams: UDP_SEGMENT/UDP_GRO segment size; 0 is one datagram. */
  public final int[] segmentSize;

  /** TUN only: gso type without the ECN bit. */
  public final int[] gsoType;

  /** TUN only: transport checksum still to be filled in: start, and offset behind it; -1 if not. */
  public final int[] checksumStart;

  public final int[] checksumOffset;

  /** Multipoint tunnel devices only: the number of the peer that is the packet's next hop. */
  public final int[] nextHop;

  /** Datagrams only: the far end, received from or to be sent to. */
  public final long[] peerHigh;

  public final long[] peerLow;
  public final int[] peerPort;

  /** Datagrams only: TOS / traffic class of the outer header, -1 if unknown or default. */
  public final int[] trafficClass;

  /**
   * Datagrams to be sent only: the packet must arrive whole or not at all (the DF bit of IPv4). A
   * datagram without it is fragmented where it has to be; over IPv6 that is here.
   */
  public final boolean[] dontFragment;

  /** Set by a port that refused to send a datagram as it is larger than its first link. */
  public final boolean[] tooBig;

  /** Received datagrams only: how long it waited in the socket, -1 if unknown. */
  public final long[] waitedNanos;

  /** Slots in use, from 0: those that {@link #clear} has to reset. */
  public int count;

  public PacketBatch(Arena arena, int slots, int slotSize, int headroom) {
    this.memory = arena.allocate((long) slots * slotSize, 64);
    this.slots = slots;
    this.slotSize = slotSize;
    this.headroom = headroom;
    this.offset = new int[slots];
    this.length = new int[slots];
    this.segmentSize = new int[slots];
    this.gsoType = new int[slots];
    this.checksumStart = new int[slots];
    this.checksumOffset = new int[slots];
    this.nextHop = new int[slots];
    this.peerHigh = new long[slots];
    this.peerLow = new long[slots];
    this.peerPort = new int[slots];
    this.trafficClass = new int[slots];
    this.dontFragment = new boolean[slots];
    this.tooBig = new boolean[slots];
    this.waitedNanos = new long[slots];
    count = slots;
    clear();
  }

  /**
   * Empties the batch; each packet will start behind the headroom. It touches the slots in use
   * only, for a batch of one packet is not to pay for them all.
   */
  public void clear() {
    int used = count;
    count = 0;
    for (int i = 0; i < used; i++) {
      offset[i] = i * slotSize + headroom;
      length[i] = 0;
      segmentSize[i] = 0;
      gsoType[i] = GSO_NONE;
      checksumStart[i] = -1;
      checksumOffset[i] = -1;
      nextHop[i] = NO_NEXT_HOP;
      trafficClass[i] = -1;
      dontFragment[i] = false;
      tooBig[i] = false;
      waitedNanos[i] = -1;
    }
  }

  /** Octets a slot can still take from its packet's offset. */
  public int room(int slot) {
    return (slot + 1) * slotSize - offset[slot];
  }
}
