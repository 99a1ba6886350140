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

  /** From that length on a sum is a payload's. */
  private static final int LONG_SUM = 128;

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

  /** The sum over those octets: to be added to others, then {@link #fold}ed. */
  static long sum(MemorySegment memory, int at, int length) {
    // Two loops, since the JIT compiles a loop for the trip counts it has seen: one that sums
    // headers
    // as well as payloads stays scalar, and takes five times as long over a payload.
    return length < LONG_SUM ? headerSum(memory, at, length) : payloadSum(memory, at, length);
  }

  private static long headerSum(MemorySegment memory, int at, int length) {
    long sum = 0;
    int i = at;
    int end = at + length;
    for (; i + 4 <= end; i += 4) {
      sum += u32(memory, i) & 0xFFFF_FFFFL;
    }
    if (i + 2 <= end) {
      sum += u16(memory, i);
      i += 2;
    }
    return i < end ? sum + (u8(memory, i) << 8) : sum;
  }

  private static long payloadSum(MemorySegment memory, int at, int length) {
    // Absolute int positions and lanes in the machine's usual order: the form that is vectorized,
    // and
    // without garbage. RFC 1071 §2 (B) lets the bytes be swapped at the end.
    long sum = 0;
    int lanesEnd = at + (length & ~7);
    for (int i = at; i < lanesEnd; i += 8) {
      long lane = memory.get(LANE, i);
      sum += (lane >>> 32) + (lane & 0xFFFF_FFFFL);
    }
    long swapped = Short.toUnsignedLong(Short.reverseBytes((short) fold(sum)));
    return swapped + headerSum(memory, lanesEnd, length & 7);
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
