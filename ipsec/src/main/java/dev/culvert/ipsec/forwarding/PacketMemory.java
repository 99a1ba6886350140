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

  /** The running sum over those octets: to be added to others, then {@link #fold}ed. */
  static long sum(MemorySegment memory, int at, int length) {
    // Sliced to size and indexed from 0, so that the loop runs without bounds checks.
    MemorySegment octets = memory.asSlice(at, length);
    long sum = 0;
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      long lane = octets.get(U64, i);
      sum += (lane >>> 32) + (lane & 0xFFFF_FFFFL);
    }
    for (; i + 2 <= length; i += 2) {
      sum += octets.get(U16, i) & 0xFFFF;
    }
    return i < length ? sum + ((octets.get(ValueLayout.JAVA_BYTE, i) & 0xFFL) << 8) : sum;
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
