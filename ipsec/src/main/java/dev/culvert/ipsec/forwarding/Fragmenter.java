package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU8;
import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import java.lang.foreign.MemorySegment;

/** Cuts an IPv4 packet to the tunnel's MTU before it is sealed (RFC 791 §3.2, RFC 4301 §8). */
final class Fragmenter {
  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int OFFSET = 0x1FFF;
  private static final int COPIED_OPTION = 0x80;
  private static final int NO_OPERATION = 1;

  private Fragmenter() {}

  /** Octets of payload in every fragment but the last; 0 if not even eight fit. */
  static int payloadPerFragment(InnerPacket packet, int mtu) {
    return Math.max(0, mtu - headerLength(packet)) & ~7;
  }

  static int headerLength(InnerPacket packet) {
    return packet.networkHeaderLength();
  }

  /**
   * Writes one fragment.
   *
   * @param from where in the payload it begins, a multiple of eight
   * @return its length
   */
  static int write(
      InnerPacket packet,
      MemorySegment memory,
      int from,
      int payloadPerFragment,
      MemorySegment out,
      int outAt) {
    int header = headerLength(packet);
    int payload = Math.min(payloadPerFragment, packet.length - header - from);
    boolean isLast = from + payload == packet.length - header;
    PacketMemory.copy(memory, packet.at, out, outAt, header);
    PacketMemory.copy(memory, packet.transport + from, out, outAt + header, payload);
    if (from > 0) {
      blankFirstOnlyOptions(out, outAt, header);
    }
    int flagsAndOffset = u16(memory, packet.at + 6);
    // The last piece of a packet that is itself a fragment keeps that one's more-fragments bit.
    int flags = (flagsAndOffset & ~OFFSET) | (isLast ? 0 : MORE_FRAGMENTS);
    putU16(out, outAt + 6, flags | ((flagsAndOffset & OFFSET) + from / 8));
    putU16(out, outAt + 2, header + payload);
    putU16(out, outAt + 10, 0);
    putU16(out, outAt + 10, PacketMemory.checksum(PacketMemory.sum(out, outAt, header)));
    return header + payload;
  }

  /** Options without the copied flag belong to the first fragment only. */
  private static void blankFirstOnlyOptions(MemorySegment out, int at, int header) {
    int option = at + InnerPacket.IPV4_HEADER;
    int end = at + header;
    while (option < end && u8(out, option) != 0) {
      int kind = u8(out, option);
      int length = kind == NO_OPERATION || option + 1 == end ? 1 : u8(out, option + 1);
      if (length < 1 || option + length > end) {
        return;
      }
      if ((kind & COPIED_OPTION) == 0) {
        for (int i = 0; i < length; i++) {
          putU8(out, option + i, NO_OPERATION);
        }
      }
      option += length;
    }
  }
}
