package dev.culvert.lab;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.InternetChecksum;
import dev.culvert.lab.harness.JavaProgram;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.sys.Descriptor;
import dev.culvert.tun.sys.Linux;
import dev.culvert.tun.sys.MessageVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * Sends "fragmentation needed" about a packet that never was, as anybody on the Internet can who
 * guesses the two addresses. Runs itself as a program inside a namespace.
 */
final class PathMtuLabForgery {
  private static final int ICMP = 1;
  private static final int UDP_PORT = 4500;
  private static final int COPIES = 50;

  private PathMtuLabForgery() {}

  /** Tells {@code victim} that its packets to {@code peer} find no room for more than that. */
  static void send(NetworkNamespace from, String victim, String peer, int mtu) {
    from.run(
        JavaProgram.command(PathMtuLabForgery.class, victim, peer, Integer.toString(mtu))
            .toArray(String[]::new));
  }

  public static void main(String[] arguments) throws Exception {
    Ipv4Address victim = Ipv4Address.of(arguments[0]);
    Ipv4Address peer = Ipv4Address.of(arguments[1]);
    byte[] message = fragmentationNeeded(victim, peer, Integer.parseInt(arguments[2]));
    try (Descriptor socket = Descriptor.socket(Linux.AF_INET, Linux.SOCK_RAW, ICMP);
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(message.length);
      MemorySegment.copy(message, 0, memory, ValueLayout.JAVA_BYTE, 0, message.length);
      MessageVector vector = new MessageVector(1);
      for (int i = 0; i < COPIES; i++) {
        vector.prepareSend(0, memory, 0, message.length);
        vector.setPeer(0, victim, 0, 0);
        if (vector.send(socket.number(), memory, 0, 1, 0) != 1) {
          throw new IllegalStateException("not sent");
        }
      }
    }
  }

  /** RFC 1191 §4, about an ESP packet in UDP from the victim to its peer. */
  private static byte[] fragmentationNeeded(Ipv4Address victim, Ipv4Address peer, int mtu) {
    ByteBuffer out = ByteBuffer.allocate(8 + 20 + 8);
    out.put((byte) 3).put((byte) 4).putShort((short) 0).putShort((short) 0).putShort((short) mtu);
    out.put((byte) 0x45).put((byte) 0).putShort((short) 1500).putInt(0x1234_4000);
    out.put((byte) 64).put((byte) 17).putShort((short) 0);
    out.putInt(victim.bits()).putInt(peer.bits());
    out.putShort((short) UDP_PORT)
        .putShort((short) UDP_PORT)
        .putShort((short) 1480)
        .putShort((short) 0);
    byte[] message = out.array();
    ByteBuffer.wrap(message).putShort(2, (short) InternetChecksum.of(message, 0, message.length));
    return message;
  }
}
