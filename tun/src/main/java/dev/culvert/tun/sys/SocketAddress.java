package dev.culvert.tun.sys;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * {@code sockaddr_in} and {@code sockaddr_in6}, written to and read from memory. The data path
 * holds addresses as two halves of an IPv6 address, IPv4 ones in mapped form.
 */
public final class SocketAddress {
  /** Room for either kind. */
  public static final int SIZE = 32;

  private static final int IN_LENGTH = 16;
  private static final int IN6_LENGTH = 28;
  private static final long MAPPED_PREFIX = 0x0000_FFFF_0000_0000L;

  private static final ValueLayout.OfShort FAMILY = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfShort PORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt HOST_INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private SocketAddress() {}

  /** Writes the address and returns its length; {@code scope} is the interface of fe80::/10. */
  public static int write(MemorySegment memory, long at, IpAddress address, int port, int scope) {
    return switch (address) {
      case Ipv4Address v4 -> writeIpv4(memory, at, v4.bits(), port);
      case Ipv6Address v6 -> writeIpv6(memory, at, v6.high(), v6.low(), port, scope);
    };
  }

  public static int writeIpv4(MemorySegment memory, long at, int address, int port) {
    memory.set(FAMILY, at, (short) Linux.AF_INET);
    memory.set(PORT, at + 2, (short) port);
    memory.set(INT, at + 4, address);
    memory.set(LONG, at + 8, 0L);
    return IN_LENGTH;
  }

  public static int writeIpv6(
      MemorySegment memory, long at, long high, long low, int port, int scope) {
    memory.set(FAMILY, at, (short) Linux.AF_INET6);
    memory.set(PORT, at + 2, (short) port);
    memory.set(INT, at + 4, 0);
    memory.set(LONG, at + 8, high);
    memory.set(LONG, at + 16, low);
    memory.set(HOST_INT, at + 24, scope);
    return IN6_LENGTH;
  }

  public static boolean isIpv6(MemorySegment memory, long at) {
    return memory.get(FAMILY, at) == Linux.AF_INET6;
  }

  public static int port(MemorySegment memory, long at) {
    return memory.get(PORT, at + 2) & 0xFFFF;
  }

  /** The upper half of the address; 0 for IPv4. */
  public static long high(MemorySegment memory, long at) {
    return isIpv6(memory, at) ? memory.get(LONG, at + 8) : 0;
  }

  /** The lower half of the address, in mapped form for IPv4. */
  public static long low(MemorySegment memory, long at) {
    return isIpv6(memory, at)
        ? memory.get(LONG, at + 16)
        : MAPPED_PREFIX | Integer.toUnsignedLong(memory.get(INT, at + 4));
  }

  public static IpAddress address(MemorySegment memory, long at) {
    return isIpv6(memory, at)
        ? new Ipv6Address(memory.get(LONG, at + 8), memory.get(LONG, at + 16))
        : new Ipv4Address(memory.get(INT, at + 4));
  }
}
