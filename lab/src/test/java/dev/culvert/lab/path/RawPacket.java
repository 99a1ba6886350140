package dev.culvert.lab.path;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.path.Flow;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A packet as octets, and what a test wants to know of it.
 *
 * @param flow its addresses and ports
 * @param token what its sender numbered it with; 0 if it has none
 * @param error of an ICMP error, the flow of the packet it reports
 */
record RawPacket(
    Flow flow,
    int tcpFlags,
    int sequence,
    int acknowledgment,
    long token,
    @Nullable RawPacket error) {
  /** In front of a token. */
  private static final int MAGIC = 0x43564c54;

  static final int TOKEN_LENGTH = 12;
  private static final int HEADER = 20;
  private static final int HEADER_V6 = 40;
  private static final int TTL = 64;
  private static final int TCP_HEADER = 20;
  private static final int EIGHT = 8;

  static RawPacket of(Flow flow, int tcpFlags, long token) {
    return new RawPacket(flow, tcpFlags, 1000, 0, token, null);
  }

  /** An ICMP error, as who lost it sends it. */
  static RawPacket error(IpAddress from, IpAddress to, boolean timeExceeded, RawPacket lost) {
    boolean v4 = from.family() == AddressFamily.INET;
    int type = v4 ? (timeExceeded ? 11 : 3) : timeExceeded ? 3 : 1;
    int code = timeExceeded ? 0 : v4 ? 1 : 3;
    int protocol = v4 ? ServiceMatch.ICMP : ServiceMatch.ICMPV6;
    return new RawPacket(Flow.icmp(from, to, protocol, type, code, 0), 0, 0, 0, 0, lost);
  }

  // --- Out ---------------------------------------------------------------------------------------

  byte[] encode() {
    boolean v4 = flow.source().family() == AddressFamily.INET;
    byte[] payload = transport();
    ByteBuffer out = ByteBuffer.allocate((v4 ? HEADER : HEADER_V6) + payload.length);
    if (v4) {
      out.put((byte) 0x45).put((byte) 0).putShort((short) out.capacity());
      // Without DF, so that fragments of it are as good as the whole.
      out.putShort((short) token).putShort((short) 0);
      out.put((byte) TTL).put((byte) flow.protocol()).putShort((short) 0);
    } else {
      out.putInt(0x60000000).putShort((short) payload.length);
      out.put((byte) flow.protocol()).put((byte) TTL);
    }
    out.put(flow.source().toBytes()).put(flow.destination().toBytes());
    if (v4) {
      out.putShort(10, (short) InternetChecksum.of(out.array(), 0, HEADER));
    }
    return out.put(payload).array();
  }

  private byte[] transport() {
    byte[] inner = error == null ? data() : error.encode();
    return switch (flow.protocol()) {
      case ServiceMatch.TCP -> {
        ByteBuffer out = ByteBuffer.allocate(TCP_HEADER + inner.length);
        out.putShort((short) flow.sourcePort()).putShort((short) flow.destinationPort());
        out.putInt(sequence).putInt(acknowledgment);
        out.put((byte) 0x50).put((byte) tcpFlags).putShort((short) 0xffff).putInt(0);
        yield checked(out.put(inner), 16);
      }
      case ServiceMatch.UDP -> {
        ByteBuffer out = ByteBuffer.allocate(EIGHT + inner.length);
        out.putShort((short) flow.sourcePort()).putShort((short) flow.destinationPort());
        out.putShort((short) out.capacity()).putShort((short) 0);
        yield checked(out.put(inner), 6);
      }
      case ServiceMatch.ICMP, ServiceMatch.ICMPV6 -> {
        ByteBuffer out = ByteBuffer.allocate(EIGHT + inner.length);
        out.putShort((short) flow.destinationPort()).putShort((short) 0);
        out.putShort((short) flow.sourcePort()).putShort((short) 0);
        yield checked(out.put(inner), 2);
      }
      default -> inner;
    };
  }

  private byte[] data() {
    return ByteBuffer.allocate(TOKEN_LENGTH).putInt(MAGIC).putLong(token).array();
  }

  /** With the checksum at that place; all but ICMP for IPv4 covers the pseudo-header. */
  private byte[] checked(ByteBuffer segment, int at) {
    if (flow.protocol() == ServiceMatch.ICMP) {
      return segment
          .putShort(at, (short) InternetChecksum.of(segment.array(), 0, segment.capacity()))
          .array();
    }
    byte[] source = flow.source().toBytes();
    ByteBuffer pseudo = ByteBuffer.allocate(2 * source.length + EIGHT + segment.capacity());
    pseudo.put(source).put(flow.destination().toBytes());
    pseudo.putInt(segment.capacity()).putInt(flow.protocol()).put(segment.array());
    int sum = InternetChecksum.of(pseudo.array(), 0, pseudo.capacity());
    return segment.putShort(at, (short) (sum == 0 ? 0xffff : sum)).array();
  }

  // --- In ----------------------------------------------------------------------------------------

  /** Empty for what is no packet of a test: extension headers, noise. */
  static Optional<RawPacket> decode(ByteBuffer in) {
    int start = in.position();
    if (in.remaining() < HEADER) {
      return Optional.empty();
    }
    boolean v4 = (in.get(start) & 0xf0) == 0x40;
    if (!v4 && in.remaining() < HEADER_V6) {
      return Optional.empty();
    }
    int protocol = in.get(start + (v4 ? 9 : 6)) & 0xff;
    byte[] address = new byte[v4 ? 4 : 16];
    in.position(start + (v4 ? 12 : 8)).get(address);
    IpAddress source = IpAddress.ofBytes(address);
    in.get(address);
    IpAddress destination = IpAddress.ofBytes(address);
    in.position(start + (v4 ? (in.get(start) & 0xf) * 4 : HEADER_V6));
    return Optional.of(decode(in, Flow.of(source, destination, protocol)));
  }

  private static RawPacket decode(ByteBuffer in, Flow addresses) {
    int at = in.position();
    Flow flow = addresses;
    int flags = 0;
    int sequence = 0;
    int acknowledgment = 0;
    RawPacket error = null;
    if (flow.hasPorts() && in.remaining() >= 4) {
      flow =
          flow.withSource(flow.source(), in.getShort(at) & 0xffff)
              .withDestination(flow.destination(), in.getShort(at + 2) & 0xffff);
      if (flow.protocol() == ServiceMatch.TCP && in.remaining() >= TCP_HEADER) {
        sequence = in.getInt(at + 4);
        acknowledgment = in.getInt(at + 8);
        flags = in.get(at + 13) & 0xff;
      }
    } else if (flow.isIcmp() && in.remaining() >= EIGHT) {
      flow = flow.withDestination(flow.destination(), in.getShort(at) & 0xffff);
      if (isError(flow)) {
        error = decode(in.position(at + EIGHT)).orElse(null);
      } else {
        flow = flow.withSource(flow.source(), in.getShort(at + 4) & 0xffff);
      }
    }
    return new RawPacket(flow, flags, sequence, acknowledgment, token(in, at), error);
  }

  static boolean isError(Flow flow) {
    int type = flow.icmpType();
    return flow.protocol() == ServiceMatch.ICMP
        ? type == 3 || type == 11 || type == 12
        : flow.protocol() == ServiceMatch.ICMPV6 && type < 128;
  }

  private static long token(ByteBuffer in, int from) {
    for (int at = from; at + TOKEN_LENGTH <= in.limit(); at++) {
      if (in.getInt(at) == MAGIC) {
        return in.getLong(at + 4);
      }
    }
    return 0;
  }
}
