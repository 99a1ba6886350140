package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.PacketBatch;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.core.wire.WireWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds, takes apart and checks IP packets on heap arrays, in the most obvious way. */
final class TestPackets {
  static final String HOST_A = "10.1.0.2";
  static final String HOST_B = "10.2.0.2";
  static final String HOST_A6 = "2001:db8:a::2";
  static final String HOST_B6 = "2001:db8:b::2";

  static final int ACK = 0x10;
  static final int PSH = 0x08;
  static final int SYN = 0x02;
  static final int FIN = 0x01;

  private TestPackets() {}

  /** What the tests vary in an IP header. */
  record Ip(String source, String destination, int trafficClass, boolean dontFragment, int id) {
    static Ip v4() {
      return new Ip(HOST_A, HOST_B, 0, true, 7);
    }

    static Ip v6() {
      return new Ip(HOST_A6, HOST_B6, 0, true, 7);
    }

    static Ip of(boolean ipv6) {
      return ipv6 ? v6() : v4();
    }

    Ip reversed() {
      return new Ip(destination, source, trafficClass, dontFragment, id);
    }

    Ip trafficClass(int value) {
      return new Ip(source, destination, value, dontFragment, id);
    }

    Ip mayFragment() {
      return new Ip(source, destination, trafficClass, false, id);
    }

    Ip id(int value) {
      return new Ip(source, destination, trafficClass, dontFragment, value);
    }
  }

  static byte[] udp(Ip ip, int sourcePort, int destinationPort, byte[] payload) {
    byte[] datagram =
        new WireWriter()
            .u16(sourcePort)
            .u16(destinationPort)
            .u16(8 + payload.length)
            .u16(0)
            .octets(payload)
            .toByteArray();
    return withChecksum(ip(ip, 17, datagram), 6);
  }

  static byte[] tcp(Ip ip, long sequence, int flags, byte[] options, byte[] payload) {
    byte[] segment =
        new WireWriter()
            .u16(40_000)
            .u16(443)
            .u32((int) sequence)
            .u32(0x0102_0304)
            .u8((20 + options.length) / 4 << 4)
            .u8(flags)
            .u16(4096)
            .u32(0)
            .octets(options)
            .octets(payload)
            .toByteArray();
    return withChecksum(ip(ip, 6, segment), 16);
  }

  static byte[] tcp(Ip ip, long sequence, int flags, byte[] payload) {
    return tcp(ip, sequence, flags, new byte[0], payload);
  }

  static byte[] ip(Ip ip, int protocol, byte[] payload) {
    IpAddress source = IpAddress.parse(ip.source).orElseThrow();
    IpAddress destination = IpAddress.parse(ip.destination).orElseThrow();
    WireWriter out = new WireWriter();
    if (source instanceof Ipv4Address) {
      out.u8(0x45).u8(ip.trafficClass).u16(20 + payload.length).u16(ip.id);
      out.u16(ip.dontFragment ? 0x4000 : 0).u8(63).u8(protocol).u16(0);
      out.address(source).address(destination).octets(payload);
      byte[] packet = out.toByteArray();
      putU16(packet, 10, InternetChecksum.of(packet, 0, 20));
      return packet;
    }
    out.u32(6 << 28 | ip.trafficClass << 20).u16(payload.length).u8(protocol).u8(63);
    return out.address(source).address(destination).octets(payload).toByteArray();
  }

  /** The super-packet a kernel would hand over for those segments of one flow. */
  static InMemoryTun.Frame superPacket(byte[] packet, int segmentSize) {
    boolean ipv6 = packet[0] >> 4 == 6;
    boolean tcp = packet[ipv6 ? 6 : 9] == 6;
    int transport = ipv6 ? 40 : 20;
    int offset = tcp ? 16 : 6;
    byte[] copy = packet.clone();
    // Partial: the pseudo-header's sum, not complemented.
    int partial = ~InternetChecksum.fold(pseudoHeaderSum(copy)) & 0xFFFF;
    putU16(copy, transport + offset, partial);
    int type = PacketBatch.GSO_UDP_L4;
    if (tcp) {
      type = ipv6 ? PacketBatch.GSO_TCPV6 : PacketBatch.GSO_TCPV4;
    }
    return new InMemoryTun.Frame(copy, type, segmentSize, transport, offset);
  }

  /** What a receiver without offload would have seen of a frame. */
  static List<byte[]> segments(InMemoryTun.Frame frame) {
    if (frame.gsoType() == PacketBatch.GSO_NONE) {
      return List.of(frame.packet());
    }
    byte[] packet = frame.packet();
    boolean ipv6 = packet[0] >> 4 == 6;
    boolean tcp = packet[ipv6 ? 6 : 9] == 6;
    int transport = frame.checksumStart();
    int headers = transport + (tcp ? (packet[transport + 12] >> 4 & 0xF) * 4 : 8);
    List<byte[]> segments = new ArrayList<>();
    for (int from = headers, i = 0; from < packet.length; from += frame.segmentSize(), i++) {
      int to = Math.min(packet.length, from + frame.segmentSize());
      byte[] segment = Arrays.copyOf(packet, headers + to - from);
      System.arraycopy(packet, from, segment, headers, to - from);
      boolean last = to == packet.length;
      if (ipv6) {
        putU16(segment, 4, segment.length - 40);
      } else {
        putU16(segment, 2, segment.length);
        putU16(segment, 4, u16(segment, 4) + i);
        putU16(segment, 10, 0);
        putU16(segment, 10, InternetChecksum.of(segment, 0, 20));
      }
      if (tcp) {
        ByteBuffer buffer = ByteBuffer.wrap(segment);
        buffer.putInt(transport + 4, buffer.getInt(transport + 4) + from - headers);
        if (!last) {
          segment[transport + 13] &= ~(PSH | FIN);
        }
      } else {
        putU16(segment, transport + 4, segment.length - transport);
      }
      segments.add(withChecksum(segment, tcp ? 16 : 6));
    }
    return segments;
  }

  static boolean hasGoodChecksums(byte[] packet) {
    boolean ipv6 = packet[0] >> 4 == 6;
    if (!ipv6 && InternetChecksum.of(packet, 0, (packet[0] & 0xF) * 4) != 0) {
      return false;
    }
    int transport = ipv6 ? 40 : 20;
    return InternetChecksum.fold(
            pseudoHeaderSum(packet) + InternetChecksum.sum(packet, transport, packet.length))
        == 0;
  }

  static byte[] withChecksum(byte[] packet, int offset) {
    int transport = packet[0] >> 4 == 6 ? 40 : 20;
    putU16(packet, transport + offset, 0);
    long sum = pseudoHeaderSum(packet) + InternetChecksum.sum(packet, transport, packet.length);
    int checksum = InternetChecksum.fold(sum);
    putU16(packet, transport + offset, checksum == 0 && offset == 6 ? 0xFFFF : checksum);
    return packet;
  }

  static byte[] payload(int length, int seed) {
    byte[] payload = new byte[length];
    new java.util.Random(seed).nextBytes(payload);
    return payload;
  }

  static int u16(byte[] packet, int at) {
    return (packet[at] & 0xFF) << 8 | packet[at + 1] & 0xFF;
  }

  static void putU16(byte[] packet, int at, int value) {
    packet[at] = (byte) (value >>> 8);
    packet[at + 1] = (byte) value;
  }

  private static long pseudoHeaderSum(byte[] packet) {
    boolean ipv6 = packet[0] >> 4 == 6;
    return ipv6
        ? InternetChecksum.sum(packet, 8, 40) + packet[6] + packet.length - 40
        : InternetChecksum.sum(packet, 12, 20) + packet[9] + packet.length - 20;
  }

  /** The flyweight over that packet. */
  static InnerPacket parsed(byte[] packet) {
    InnerPacket parsed = new InnerPacket();
    MemorySegment memory = Arena.ofAuto().allocate(packet.length, 8);
    MemorySegment.copy(packet, 0, memory, ValueLayout.JAVA_BYTE, 0, packet.length);
    if (!parsed.parse(memory, 0, packet.length)) {
      throw new IllegalArgumentException("no packet");
    }
    return parsed;
  }
}
