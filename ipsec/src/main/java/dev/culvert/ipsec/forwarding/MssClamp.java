package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import java.lang.foreign.MemorySegment;

/** Lowers the maximum segment size that a SYN announces to what the tunnel can carry. */
final class MssClamp {
  private static final int SYN = 0x02;
  private static final int END_OF_OPTIONS = 0;
  private static final int NO_OPERATION = 1;
  private static final int MAXIMUM_SEGMENT_SIZE = 2;

  private MssClamp() {}

  /** The packet's checksum must be complete; it is kept so. */
  static void apply(InnerPacket packet, MemorySegment memory, int largest) {
    int tcp = packet.transport;
    if (!packet.isTcp() || (u8(memory, tcp + 13) & SYN) == 0) {
      return;
    }
    int end = Math.min(tcp + (u8(memory, tcp + 12) >>> 4) * 4, packet.end());
    int option = tcp + InnerPacket.TCP_HEADER;
    while (option + 1 < end) {
      int kind = u8(memory, option);
      if (kind == END_OF_OPTIONS) {
        return;
      }
      if (kind == NO_OPERATION) {
        option++;
        continue;
      }
      int length = u8(memory, option + 1);
      if (length < 2 || option + length > end) {
        return;
      }
      if (kind == MAXIMUM_SEGMENT_SIZE && length == 4) {
        lower(memory, tcp, option + 2, largest);
        return;
      }
      option += length;
    }
  }

  private static void lower(MemorySegment memory, int tcp, int at, int largest) {
    int announced = u16(memory, at);
    if (announced <= largest) {
      return;
    }
    putU16(memory, at, largest);
    // At an odd offset the value lies across two words of the sum: swapped, it adds the same.
    boolean odd = ((at - tcp) & 1) != 0;
    int before = odd ? swap(announced) : announced;
    int after = odd ? swap(largest) : largest;
    int checksum = u16(memory, tcp + 16);
    putU16(memory, tcp + 16, PacketMemory.updatedChecksum(checksum, before, after));
  }

  private static int swap(int value) {
    return (value << 8 | value >>> 8) & 0xFFFF;
  }
}
