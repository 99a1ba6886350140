package dev.culvert.tun;

import dev.culvert.core.forwarding.NextHopLink;
import dev.culvert.core.forwarding.PacketBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The Ethernet header right in front of a packet of a multipoint device. Immutable. */
final class EthernetHeader {
  static final int SIZE = 14;

  private static final int SOURCE_AT = 6;
  private static final int TYPE_AT = 12;
  private static final int IPV4 = 0x0800;
  private static final int IPV6 = 0x86DD;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** The device's own address, to which a kernel takes a packet for its own. */
  private final long own;

  EthernetHeader(long own) {
    this.own = own;
  }

  /** Notes the packet's next hop; false if it is no IP packet. */
  boolean read(PacketBatch batch, int slot) {
    MemorySegment memory = batch.memory;
    long at = batch.offset[slot] - (long) SIZE;
    int type = memory.get(SHORT, at + TYPE_AT) & 0xFFFF;
    if (type != IPV4 && type != IPV6) {
      return false;
    }
    long destination =
        (memory.get(SHORT, at) & 0xFFFFL) << Integer.SIZE
            | Integer.toUnsignedLong(memory.get(INT, at + Short.BYTES));
    batch.nextHop[slot] = NextHopLink.nextHop(destination);
    return true;
  }

  /** From whichever peer: who it is the kernel need not know. */
  void write(PacketBatch batch, int slot) {
    MemorySegment memory = batch.memory;
    long at = batch.offset[slot] - (long) SIZE;
    boolean isIpv4 = (memory.get(ValueLayout.JAVA_BYTE, batch.offset[slot]) & 0xF0) == 0x40;
    put(memory, at, own);
    put(memory, at + SOURCE_AT, NextHopLink.of(0));
    memory.set(SHORT, at + TYPE_AT, (short) (isIpv4 ? IPV4 : IPV6));
  }

  private static void put(MemorySegment memory, long at, long linkAddress) {
    memory.set(SHORT, at, (short) (linkAddress >>> Integer.SIZE));
    memory.set(INT, at + Short.BYTES, (int) linkAddress);
  }
}
