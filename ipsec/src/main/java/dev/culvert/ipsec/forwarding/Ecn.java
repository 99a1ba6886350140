package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU8;
import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import java.lang.foreign.MemorySegment;

/** Explicit congestion notification through a tunnel (RFC 6040). */
final class Ecn {
  static final int NOT_ECT = 0;
  static final int ECT_1 = 1;
  static final int ECT_0 = 2;
  static final int CE = 3;

  private static final int MASK = 3;

  private Ecn() {}

  /**
   * RFC 6040 §4.2, figure 4: the codepoint a packet leaves the tunnel with, -1 where it must be
   * dropped since its transport would never hear of the congestion.
   */
  static int decapsulated(int inner, int outer) {
    return switch (inner) {
      case NOT_ECT -> outer == CE ? -1 : NOT_ECT;
      case ECT_0 -> outer == CE || outer == ECT_1 ? outer : ECT_0;
      case ECT_1 -> outer == CE ? CE : ECT_1;
      default -> CE;
    };
  }

  /**
   * Brings the outer header's codepoint into the inner packet.
   *
   * @param outerTrafficClass -1 where the kernel did not say
   * @return false if the packet must be dropped
   */
  static boolean decapsulate(InnerPacket packet, MemorySegment memory, int outerTrafficClass) {
    if (outerTrafficClass < 0) {
      return true;
    }
    int inner = packet.trafficClass & MASK;
    int leaving = decapsulated(inner, outerTrafficClass & MASK);
    if (leaving >= 0 && leaving != inner) {
      set(packet, memory, leaving);
    }
    return leaving >= 0;
  }

  /**
   * Marks the congestion of one of our own queues (RFC 3168 §5).
   *
   * @return false if the packet's transport would not understand
   */
  static boolean mark(InnerPacket packet, MemorySegment memory) {
    if ((packet.trafficClass & MASK) == NOT_ECT) {
      return false;
    }
    set(packet, memory, CE);
    return true;
  }

  private static void set(InnerPacket packet, MemorySegment memory, int codepoint) {
    int at = packet.at;
    packet.trafficClass = (packet.trafficClass & ~MASK) | codepoint;
    if (packet.version == 4) {
      int before = u16(memory, at);
      putU8(memory, at + 1, packet.trafficClass);
      int checksum = u16(memory, at + 10);
      putU16(memory, at + 10, PacketMemory.updatedChecksum(checksum, before, u16(memory, at)));
    } else {
      // The traffic class lies across the first two octets; ECN in bits 5 and 4 of the second.
      putU8(memory, at + 1, (u8(memory, at + 1) & 0xCF) | (codepoint << 4));
    }
  }
}
