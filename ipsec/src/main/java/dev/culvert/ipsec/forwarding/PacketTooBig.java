package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import dev.culvert.core.wire.InternetChecksum;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * "Fragmentation needed" (RFC 792, RFC 1191 §4) and "Packet Too Big" (RFC 4443 §3.2) toward the
 * sender of an inner packet.
 *
 * <p>The message comes from the packet's own destination: a source address of this router would be
 * refused as a martian when it is read from the tunnel device.
 */
final class PacketTooBig {
  /** RFC 1812 §4.3.2.3: as much of the packet as fits 576 octets. */
  private static final int LARGEST_IPV4 = 576;

  /** RFC 4443 §2.4 (c): the smallest IPv6 MTU. */
  private static final int LARGEST_IPV6 = 1280;

  private static final int ICMP_HEADER = 8;
  private static final int HOPS = 64;
  private static final int INTERNETWORK_CONTROL = 0xC0;
  private static final int ICMPV6_ERRORS = 128;

  private PacketTooBig() {}

  /** Null where no error may be sent about the packet (RFC 1122 §3.2.2, RFC 4443 §2.4 (e)). */
  static byte @Nullable [] about(InnerPacket packet, MemorySegment memory, int mtu) {
    if (packet.isLaterFragment || isIcmpError(packet, memory) || !hasUnicastEnds(packet, memory)) {
      return null;
    }
    return packet.version == 4
        ? fragmentationNeeded(packet, memory, mtu)
        : packetTooBig(packet, memory, mtu);
  }

  private static byte[] fragmentationNeeded(InnerPacket packet, MemorySegment memory, int mtu) {
    int header = InnerPacket.IPV4_HEADER;
    int quoted = Math.min(packet.length, LARGEST_IPV4 - header - ICMP_HEADER);
    byte[] message = new byte[header + ICMP_HEADER + quoted];
    quote(packet, memory, message, header + ICMP_HEADER, quoted);
    ByteBuffer out = ByteBuffer.wrap(message);
    out.put(0, (byte) 0x45).put(1, (byte) INTERNETWORK_CONTROL);
    out.putShort(2, (short) message.length);
    out.put(8, (byte) HOPS).put(9, (byte) InnerPacket.ICMP);
    out.putInt(12, PacketMemory.u32(memory, packet.at + 16));
    out.putInt(16, PacketMemory.u32(memory, packet.at + 12));
    out.putShort(10, (short) InternetChecksum.of(message, 0, header));
    out.put(header, (byte) 3).put(header + 1, (byte) 4);
    out.putShort(header + 6, (short) mtu);
    out.putShort(header + 2, (short) InternetChecksum.of(message, header, message.length));
    return message;
  }

  private static byte[] packetTooBig(InnerPacket packet, MemorySegment memory, int mtu) {
    int header = InnerPacket.IPV6_HEADER;
    int quoted = Math.min(packet.length, LARGEST_IPV6 - header - ICMP_HEADER);
    byte[] message = new byte[header + ICMP_HEADER + quoted];
    quote(packet, memory, message, header + ICMP_HEADER, quoted);
    ByteBuffer out = ByteBuffer.wrap(message);
    out.putInt(0, 6 << 28);
    out.putShort(4, (short) (ICMP_HEADER + quoted));
    out.put(6, (byte) InnerPacket.ICMPV6).put(7, (byte) HOPS);
    out.putLong(8, packet.destinationHigh(memory)).putLong(16, packet.destinationLow(memory));
    out.putLong(24, packet.sourceHigh(memory)).putLong(32, packet.sourceLow(memory));
    out.put(header, (byte) 2);
    out.putInt(header + 4, mtu);
    long pseudoHeader =
        InternetChecksum.sum(message, 8, header) + ICMP_HEADER + quoted + InnerPacket.ICMPV6;
    long sum = InternetChecksum.sum(message, header, message.length) + pseudoHeader;
    out.putShort(header + 2, (short) InternetChecksum.fold(sum));
    return message;
  }

  private static void quote(
      InnerPacket packet, MemorySegment memory, byte[] message, int at, int length) {
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, packet.at, message, at, length);
  }

  private static boolean isIcmpError(InnerPacket packet, MemorySegment memory) {
    if (packet.transportLength() < 1) {
      return false;
    }
    int type = u8(memory, packet.transport);
    return switch (packet.protocol) {
      case InnerPacket.ICMP -> type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
      case InnerPacket.ICMPV6 -> type < ICMPV6_ERRORS;
      default -> false;
    };
  }

  private static boolean hasUnicastEnds(InnerPacket packet, MemorySegment memory) {
    return isUnicast(packet, packet.sourceHigh(memory), packet.sourceLow(memory))
        && isUnicast(packet, packet.destinationHigh(memory), packet.destinationLow(memory));
  }

  private static boolean isUnicast(InnerPacket packet, long high, long low) {
    if (packet.version == 4) {
      int first = (int) low >>> 24;
      return first != 0 && first != 127 && first < 224;
    }
    return (high | low) != 0 && high >>> 56 != 0xFF && (high != 0 || low != 1);
  }
}
