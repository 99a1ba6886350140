package dev.culvert.testbed.packet;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.core.wire.WireWriter;
import dev.culvert.firewall.path.Flow;
import dev.culvert.firewall.path.PacketHeaders;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The flow a packet belongs to, read and rewritten. Of protocols without ports only the addresses
 * count, so also of ICMP, of which simulated networks have echo alone.
 */
public final class PacketFlow {
  private static final int PORTS = 4;
  private static final int HEADER = 20;
  private static final int DNS_FLAGS = 10;
  private static final int QR = 0x80;

  private PacketFlow() {}

  public static PacketHeaders headers(@Nullable InterfaceName in, Ipv4Packet packet) {
    TcpSegment segment =
        packet.protocol() == Ipv4Packet.TCP
                && TcpSegment.decode(packet.payload().reader())
                    instanceof Decoded.Ok<TcpSegment>(var tcp)
            ? tcp
            : null;
    return new PacketHeaders(
        in,
        flow(packet),
        segment == null ? 0 : segment.flags(),
        HEADER + packet.payload().length(),
        PacketHeaders.Fragment.WHOLE,
        Set.of(),
        null,
        segment == null ? 0 : segment.data().length(),
        isDnsResponse(packet));
  }

  /** QR is the first bit behind DNS' identification (RFC 1035 §4.1.1). */
  private static boolean isDnsResponse(Ipv4Packet packet) {
    WireReader in = packet.payload().reader();
    in.skip(DNS_FLAGS, "ports, length, checksum, identification");
    return packet.protocol() == Ipv4Packet.UDP && (in.u8("QR") & QR) != 0;
  }

  private static Flow flow(Ipv4Packet packet) {
    Flow flow = Flow.of(packet.source(), packet.destination(), packet.protocol());
    if (!hasPorts(packet)) {
      return flow;
    }
    WireReader in = packet.payload().reader();
    return flow.withSource(packet.source(), in.u16("Source Port"))
        .withDestination(packet.destination(), in.u16("Destination Port"));
  }

  /** The packet with the addresses and ports of a flow of its protocol. */
  public static Ipv4Packet withFlow(Ipv4Packet packet, Flow flow) {
    if (flow.equals(flow(packet))) {
      return packet;
    }
    Octets payload = packet.payload();
    if (hasPorts(packet)) {
      WireReader in = payload.reader();
      in.skip(PORTS, "ports");
      payload =
          new WireWriter()
              .u16(flow.sourcePort())
              .u16(flow.destinationPort())
              .octets(in.rest())
              .toOctets();
    }
    return new Ipv4Packet(
        (Ipv4Address) flow.source(),
        (Ipv4Address) flow.destination(),
        packet.protocol(),
        packet.ttl(),
        payload);
  }

  private static boolean hasPorts(Ipv4Packet packet) {
    return (packet.protocol() == Ipv4Packet.TCP || packet.protocol() == Ipv4Packet.UDP)
        && packet.payload().length() >= PORTS;
  }
}
