package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.ipsec.sa.TrafficSelector;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One side's traffic selectors as primitives, to be asked packet by packet (RFC 4301 §4.4.1).
 * Immutable.
 */
final class Selectors {
  private static final int ANY_PORT_END = 65_535;

  private final boolean anyIpv4;
  private final boolean anyIpv6;
  private final int[] version;
  private final int[] protocol;
  private final int[] startPort;
  private final int[] endPort;
  private final long[] startHigh;
  private final long[] startLow;
  private final long[] endHigh;
  private final long[] endLow;

  Selectors(List<TrafficSelector> selectors) {
    int count = selectors.size();
    anyIpv4 = selectors.contains(TrafficSelector.ANY_IPV4);
    anyIpv6 = selectors.contains(TrafficSelector.ANY_IPV6);
    version = new int[count];
    protocol = new int[count];
    startPort = new int[count];
    endPort = new int[count];
    startHigh = new long[count];
    startLow = new long[count];
    endHigh = new long[count];
    endLow = new long[count];
    for (int i = 0; i < count; i++) {
      TrafficSelector selector = selectors.get(i);
      version[i] = selector.startAddress().family() == AddressFamily.INET ? 4 : 6;
      protocol[i] = selector.protocol();
      startPort[i] = selector.startPort();
      endPort[i] = selector.endPort();
      startHigh[i] = high(selector.startAddress());
      startLow[i] = low(selector.startAddress());
      endHigh[i] = high(selector.endAddress());
      endLow[i] = low(selector.endAddress());
    }
  }

  boolean admitSource(InnerPacket packet, MemorySegment memory) {
    return isAny(packet)
        || admits(
            packet, memory, packet.sourceHigh(memory), packet.sourceLow(memory), packet.transport);
  }

  boolean admitDestination(InnerPacket packet, MemorySegment memory) {
    return isAny(packet)
        || admits(
            packet,
            memory,
            packet.destinationHigh(memory),
            packet.destinationLow(memory),
            packet.transport + 2);
  }

  /** The packet's own source as a selector (RFC 7296 §2.9). */
  static TrafficSelector source(InnerPacket packet, MemorySegment memory) {
    return exact(
        packet, memory, packet.sourceHigh(memory), packet.sourceLow(memory), packet.transport);
  }

  static TrafficSelector destination(InnerPacket packet, MemorySegment memory) {
    return exact(
        packet,
        memory,
        packet.destinationHigh(memory),
        packet.destinationLow(memory),
        packet.transport + 2);
  }

  private static TrafficSelector exact(
      InnerPacket packet, MemorySegment memory, long high, long low, int portAt) {
    IpAddress address =
        packet.version == 4 ? new Ipv4Address((int) low) : new Ipv6Address(high, low);
    int port = port(packet, memory, portAt);
    return new TrafficSelector(
        packet.protocol, Math.max(port, 0), port < 0 ? ANY_PORT_END : port, address, address);
  }

  private boolean isAny(InnerPacket packet) {
    return packet.version == 4 ? anyIpv4 : anyIpv6;
  }

  private boolean admits(
      InnerPacket packet, MemorySegment memory, long high, long low, int portAt) {
    int port = port(packet, memory, portAt);
    for (int i = 0; i < version.length; i++) {
      if (version[i] == packet.version
          && (protocol[i] == 0 || protocol[i] == packet.protocol)
          && isAtMost(startHigh[i], startLow[i], high, low)
          && isAtMost(high, low, endHigh[i], endLow[i])
          && admitsPort(i, port)) {
        return true;
      }
    }
    return false;
  }

  /** RFC 7296 §3.13.1: ICMP type and code stand for the port. -1 where the packet shows none. */
  private static int port(InnerPacket packet, MemorySegment memory, int portAt) {
    if (packet.hasPorts()) {
      return u16(memory, portAt);
    }
    boolean isIcmp = packet.protocol == InnerPacket.ICMP || packet.protocol == InnerPacket.ICMPV6;
    if (isIcmp && !packet.isLaterFragment && packet.transportLength() >= 2) {
      return u8(memory, packet.transport) << 8 | u8(memory, packet.transport + 1);
    }
    return -1;
  }

  private boolean admitsPort(int selector, int port) {
    boolean any = startPort[selector] == 0 && endPort[selector] == ANY_PORT_END;
    return any || (startPort[selector] <= port && port <= endPort[selector]);
  }

  private static boolean isAtMost(long high, long low, long otherHigh, long otherLow) {
    int byHigh = Long.compareUnsigned(high, otherHigh);
    return byHigh < 0 || (byHigh == 0 && Long.compareUnsigned(low, otherLow) <= 0);
  }

  static long high(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> 0;
      case Ipv6Address v6 -> v6.high();
    };
  }

  static long low(IpAddress address) {
    return switch (address) {
      case Ipv4Address v4 -> InnerPacket.mapped(v4.bits());
      case Ipv6Address v6 -> v6.low();
    };
  }
}
