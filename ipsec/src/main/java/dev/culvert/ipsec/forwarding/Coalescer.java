package dev.culvert.ipsec.forwarding;

import static dev.culvert.ipsec.forwarding.PacketMemory.putU16;
import static dev.culvert.ipsec.forwarding.PacketMemory.putU8;
import static dev.culvert.ipsec.forwarding.PacketMemory.u16;
import static dev.culvert.ipsec.forwarding.PacketMemory.u32;
import static dev.culvert.ipsec.forwarding.PacketMemory.u64;
import static dev.culvert.ipsec.forwarding.PacketMemory.u8;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.ipsec.esp.DropCause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Packets on their way into a tunnel's device: runs of one TCP or UDP flow become super-packets.
 * Confined to an inbound thread.
 *
 * <p>A packet is decrypted so that its payload lands right behind the run it may continue, its
 * headers over the run's last octets. {@link #landing} saves those and {@link #commit} or {@link
 * #abandon} puts them back: a packet that joins is not copied.
 */
final class Coalescer {
  private static final int SLOTS = 64;
  private static final int HEADROOM = 64;
  private static final int LONGEST_PACKET = 65_535;
  private static final int SLOT_SIZE = HEADROOM + LONGEST_PACKET + 257;

  /** A device refuses a UDP super-packet of more segments, and the write with it. */
  private static final int MOST_SEGMENTS = 64;

  private static final int LONGEST_HEADERS = 128;
  private static final int TCP_ACK = 0x10;
  private static final int TCP_PSH = 0x08;
  private static final int DONT_FRAGMENT = 0x4000;

  private final int queue;
  private final PacketBatch batch;
  private final MemorySegment memory;
  private final MemorySegment saved;

  /** Packets that each slot is made of. */
  private final int[] packets = new int[SLOTS];

  private @Nullable TunnelUnit tunnel;

  // The run in the last slot, while it may still grow.
  private boolean isOpen;
  private int runAt;
  private int runLength;
  private int runNetworkHeader;
  private int runHeaders;
  private int runSegment;
  private int runCount;
  private boolean runPushed;

  private int landedAt;
  private boolean landedOnRun;

  /**
   * @param queue the forwarding queue it belongs to
   */
  Coalescer(Arena arena, int queue) {
    this.queue = queue;
    this.batch = new PacketBatch(arena, SLOTS, SLOT_SIZE, HEADROOM);
    this.memory = batch.memory;
    this.saved = arena.allocate(LONGEST_HEADERS, 8);
  }

  MemorySegment memory() {
    return memory;
  }

  /**
   * Where the next plaintext is to be written. Every call is followed by {@link #commit} or {@link
   * #abandon}.
   */
  int landing(TunnelUnit to, int plaintextLength) {
    select(to);
    landedOnRun = isOpen && runLength + plaintextLength <= LONGEST_PACKET;
    if (landedOnRun) {
      landedAt = runAt + runLength - runHeaders;
      PacketMemory.copy(memory, landedAt, saved, 0, runHeaders);
    } else {
      closeRun();
      landedAt = batch.offset[batch.count];
    }
    return landedAt;
  }

  /** The plaintext was not worth keeping. */
  void abandon() {
    if (landedOnRun) {
      PacketMemory.copy(saved, 0, memory, landedAt, runHeaders);
    }
  }

  /** The packet that landed is good: it joins the run or becomes a slot of its own. */
  void commit(InnerPacket packet) {
    if (landedOnRun) {
      if (joinsRun(packet)) {
        join(packet);
        return;
      }
      int fresh = batch.offset[batch.count];
      PacketMemory.copy(memory, landedAt, memory, fresh, packet.length);
      abandon();
      closeRun();
      packet.parse(memory, fresh, packet.length);
    }
    int slot = batch.count++;
    batch.length[slot] = packet.length;
    packets[slot] = 1;
    if (mayStartRun(packet)) {
      startRun(packet);
    }
  }

  /** Adds a packet made by ourselves. */
  void inject(TunnelUnit to, byte[] message) {
    select(to);
    closeRun();
    int at = batch.offset[batch.count];
    MemorySegment.copy(message, 0, memory, ValueLayout.JAVA_BYTE, at, message.length);
    packets[batch.count] = 1;
    batch.length[batch.count++] = message.length;
  }

  /** Writes what has gathered; what the kernel does not take is lost and counted. */
  void flush() {
    closeRun();
    if (batch.count > 0 && tunnel != null) {
      tunnel.queue(queue).device.write(batch);
      for (int slot = 0; slot < batch.count; slot++) {
        if (batch.length[slot] == 0) {
          tunnel.inbound(queue).drop(DropCause.QUEUE_FULL, packets[slot]);
        }
      }
    }
    batch.clear();
  }

  /** Forgets what has gathered. */
  void discard() {
    isOpen = false;
    batch.clear();
  }

  /** Afterwards the batch is that tunnel's and has a free slot. */
  private void select(TunnelUnit to) {
    if (to != tunnel || batch.count == batch.slots) {
      flush();
      tunnel = to;
    }
  }

  private boolean mayStartRun(InnerPacket packet) {
    int headers = coalescibleHeaders(packet);
    // The next packet's headers land on this one's payload, and must not reach its headers.
    return headers > 0
        && packet.length - headers >= headers
        && !isPushed(packet)
        && hasGoodChecksums(packet);
  }

  private void startRun(InnerPacket packet) {
    isOpen = true;
    runAt = packet.at;
    runLength = packet.length;
    runNetworkHeader = packet.networkHeaderLength();
    runHeaders = coalescibleHeaders(packet);
    runSegment = packet.length - runHeaders;
    runCount = 1;
    runPushed = false;
  }

  private boolean joinsRun(InnerPacket packet) {
    int payload = packet.length - runHeaders;
    return coalescibleHeaders(packet) == runHeaders
        && payload > 0
        && payload <= runSegment
        && runCount < MOST_SEGMENTS
        && runLength + payload <= LONGEST_PACKET
        && isSameFlow(packet)
        && hasGoodChecksums(packet);
  }

  private void join(InnerPacket packet) {
    int payload = packet.length - runHeaders;
    runPushed = isPushed(packet);
    abandon();
    runLength += payload;
    runCount++;
    if (payload < runSegment || runPushed) {
      closeRun();
    }
  }

  /** Length of all headers if the packet is one that may be part of a run, otherwise 0. */
  private int coalescibleHeaders(InnerPacket packet) {
    int network = packet.version == 4 ? InnerPacket.IPV4_HEADER : InnerPacket.IPV6_HEADER;
    if (packet.isFragment || packet.networkHeaderLength() != network) {
      return 0;
    }
    if (packet.isTcp()) {
      int header = (u8(memory, packet.transport + 12) >>> 4) * 4;
      boolean plain = (u8(memory, packet.transport + 13) & ~TCP_PSH) == TCP_ACK;
      boolean whole = header >= InnerPacket.TCP_HEADER && header < packet.transportLength();
      return plain && whole ? network + header : 0;
    }
    boolean isDatagram =
        packet.protocol == InnerPacket.UDP
            && packet.transportLength() > InnerPacket.UDP_HEADER
            && u16(memory, packet.transport + 4) == packet.transportLength()
            && u16(memory, packet.transport + 6) != 0;
    return isDatagram ? network + InnerPacket.UDP_HEADER : 0;
  }

  private boolean isPushed(InnerPacket packet) {
    return packet.protocol == InnerPacket.TCP && (u8(memory, packet.transport + 13) & TCP_PSH) != 0;
  }

  private boolean hasGoodChecksums(InnerPacket packet) {
    if (packet.version == 4
        && PacketMemory.fold(PacketMemory.sum(memory, packet.at, InnerPacket.IPV4_HEADER))
            != 0xFFFF) {
      return false;
    }
    int length = packet.transportLength();
    long sum =
        packet.pseudoHeaderSum(memory, length) + PacketMemory.sum(memory, packet.transport, length);
    return PacketMemory.fold(sum) == 0xFFFF;
  }

  /** Everything that segmentation would copy from the first packet must be equal. */
  private boolean isSameFlow(InnerPacket packet) {
    int at = packet.at;
    boolean isSameNetwork = packet.version == 4 ? isSameIpv4(at) : isSameIpv6(at);
    int transport = runNetworkHeader;
    // Ports first, for both protocols.
    if (!isSameNetwork || u32(memory, runAt + transport) != u32(memory, at + transport)) {
      return false;
    }
    return packet.protocol == InnerPacket.UDP || continuesTcp(at + transport);
  }

  private boolean isSameIpv4(int at) {
    int flags = u16(memory, runAt + 6);
    // Segmentation counts the identification up; where DF is set nobody reads it (RFC 6864 §4.1).
    boolean identified =
        (flags & DONT_FRAGMENT) != 0
            || u16(memory, at + 4) == ((u16(memory, runAt + 4) + runCount) & 0xFFFF);
    return identified
        && u16(memory, runAt) == u16(memory, at)
        && u32(memory, runAt + 6) == u32(memory, at + 6)
        && u64(memory, runAt + 12) == u64(memory, at + 12);
  }

  /** All but the payload length. */
  private boolean isSameIpv6(int at) {
    return u32(memory, runAt) == u32(memory, at)
        && u16(memory, runAt + 6) == u16(memory, at + 6)
        && u64(memory, runAt + 8) == u64(memory, at + 8)
        && u64(memory, runAt + 16) == u64(memory, at + 16)
        && u64(memory, runAt + 24) == u64(memory, at + 24)
        && u64(memory, runAt + 32) == u64(memory, at + 32);
  }

  /** The next sequence number; equal acknowledgment, window, and options, where timestamps are. */
  private boolean continuesTcp(int tcp) {
    int run = runAt + runNetworkHeader;
    if (u32(memory, tcp + 4) != u32(memory, run + 4) + runLength - runHeaders
        || u32(memory, tcp + 8) != u32(memory, run + 8)
        || u16(memory, tcp + 14) != u16(memory, run + 14)) {
      return false;
    }
    int header = runHeaders - runNetworkHeader;
    for (int i = InnerPacket.TCP_HEADER; i < header; i += Integer.BYTES) {
      if (u32(memory, tcp + i) != u32(memory, run + i)) {
        return false;
      }
    }
    return true;
  }

  /** Turns a run of several into a super-packet, as {@code virtio_net_hdr} wants it. */
  private void closeRun() {
    if (!isOpen) {
      return;
    }
    isOpen = false;
    if (runCount == 1) {
      return;
    }
    int slot = batch.count - 1;
    boolean isIpv4 = u8(memory, runAt) >>> 4 == 4;
    int protocol = u8(memory, runAt + (isIpv4 ? 9 : 6));
    int transport = runAt + runNetworkHeader;
    int transportLength = runLength - runNetworkHeader;
    boolean isTcp = protocol == InnerPacket.TCP;
    long pseudoHeader = (long) protocol + transportLength;
    if (isIpv4) {
      putU16(memory, runAt + 2, runLength);
      putU16(memory, runAt + 10, 0);
      int sum = PacketMemory.checksum(PacketMemory.sum(memory, runAt, runNetworkHeader));
      putU16(memory, runAt + 10, sum);
      pseudoHeader += PacketMemory.sum(memory, runAt + 12, 8);
    } else {
      putU16(memory, runAt + 4, runLength - InnerPacket.IPV6_HEADER);
      pseudoHeader += PacketMemory.sum(memory, runAt + 8, 32);
    }
    if (isTcp) {
      if (runPushed) {
        putU8(memory, transport + 13, TCP_ACK | TCP_PSH);
      }
      batch.gsoType[slot] = isIpv4 ? PacketBatch.GSO_TCPV4 : PacketBatch.GSO_TCPV6;
    } else {
      putU16(memory, transport + 4, transportLength);
      batch.gsoType[slot] = PacketBatch.GSO_UDP_L4;
    }
    int checksumOffset = isTcp ? 16 : 6;
    putU16(memory, transport + checksumOffset, PacketMemory.fold(pseudoHeader));
    batch.checksumStart[slot] = runNetworkHeader;
    batch.checksumOffset[slot] = checksumOffset;
    batch.segmentSize[slot] = runSegment;
    batch.length[slot] = runLength;
    packets[slot] = runCount;
  }
}
