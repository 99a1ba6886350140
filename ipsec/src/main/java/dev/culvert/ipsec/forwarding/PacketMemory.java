package dev.culvert.ipsec.forwarding;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Network byte order on a segment, and the Internet checksum (RFC 1071) over parts of it. */
final class PacketMemory {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final ValueLayout.OfLong LANE =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort WORD =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private PacketMemory() {}

  static int u8(MemorySegment memory, int at) {
    return memory.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
  }

  static int u16(MemorySegment memory, int at) {
    return memory.get(U16, at) & 0xFFFF;
  }

  static int u32(MemorySegment memory, int at) {
    return memory.get(U32, at);
  }

  static long u64(MemorySegment memory, int at) {
    return memory.get(U64, at);
  }

  static void putU8(MemorySegment memory, int at, int value) {
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) value);
  }

  static void putU16(MemorySegment memory, int at, int value) {
    memory.set(U16, at, (short) value);
  }

  static void putU32(MemorySegment memory, int at, int value) {
    memory.set(U32, at, value);
  }

  /** The sum over those octets, at most 16 bits: to be added to others, then {@link #fold}ed. */
  static long sum(MemorySegment memory, int at, int length) {
    // One loop over absolute int positions with lanes in the machine's usual order is the form that
    // stays vectorized, and without garbage, whatever else the JIT has seen; RFC 1071 §2 (B) lets
    // the bytes be swapped at the end.
    long sum = 0;
    int lanesEnd = at + (length & ~7);
    for (int i = at; i < lanesEnd; i += 8) {
      long lane = memory.get(LANE, i);
      sum += (lane >>> 32) + (lane & 0xFFFF_FFFFL);
    }
    int end = at + length;
    int i = lanesEnd;
    for (; i + 2 <= end; i += 2) {
      sum += memory.get(WORD, i) & 0xFFFF;
    }
    if (i < end) {
      sum += u8(memory, i);
    }
    return Short.toUnsignedInt(Short.reverseBytes((short) fold(sum)));
  }

  /** Sixteen bits of one's complement sum; the checksum field is its complement. */
  static int fold(long sum) {
    long folded = (sum >>> 32) + (sum & 0xFFFF_FFFFL);
    folded = (folded >>> 16) + (folded & 0xFFFF);
    folded = (folded >>> 16) + (folded & 0xFFFF);
    return (int) ((folded >>> 16) + (folded & 0xFFFF));
  }

  /** A checksum field's value for that sum. */
  static int checksum(long sum) {
    return ~fold(sum) & 0xFFFF;
  }

  /** The checksum after one 16-bit word it covers went from {@code before} to {@code after}. */
  static int updatedChecksum(int checksum, int before, int after) {
    // RFC 1624 §3, equation 3.
    return ~fold((~checksum & 0xFFFF) + (~before & 0xFFFF) + (after & 0xFFFF)) & 0xFFFF;
  }

  static void copy(MemorySegment from, int fromAt, MemorySegment to, int toAt, int length) {
    MemorySegment.copy(from, fromAt, to, toAt, length);
  }
}
