package dev.culvert.testbed.packet;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.probe.EchoMessage;
import dev.culvert.core.wire.Decoded;
import org.jspecify.annotations.Nullable;

/** ICMP echo (RFC 792), which kernels answer by themselves. */
public final class IcmpEcho {
  private IcmpEcho() {}

  /** The message in a packet; null if there is none. */
  public static @Nullable EchoMessage in(Ipv4Packet packet) {
    return packet.protocol() == Ipv4Packet.ICMP
            && EchoMessage.decode(AddressFamily.INET, packet.payload())
                instanceof Decoded.Ok<EchoMessage>(EchoMessage echo)
        ? echo
        : null;
  }

  /** What a kernel answers; null to what is no echo request. */
  public static @Nullable Ipv4Packet answer(Ipv4Packet packet) {
    EchoMessage echo = in(packet);
    if (echo == null || echo.type() != EchoMessage.requestType(AddressFamily.INET)) {
      return null;
    }
    EchoMessage reply =
        new EchoMessage(
            EchoMessage.replyType(AddressFamily.INET),
            echo.identifier(),
            echo.sequence(),
            echo.payload());
    return new Ipv4Packet(
        /* source= */ packet.destination(),
        /* destination= */ packet.source(),
        Ipv4Packet.ICMP,
        Ipv4Packet.DEFAULT_TTL,
        reply.encode(AddressFamily.INET));
  }
}
