package dev.culvert.bfd;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.bfd.packet.ControlPacket;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;

class BfdPacketFuzzTest {
  private static final InterfaceName LINK = InterfaceName.of("eth0.0");
  private static final Ipv4Address LOCAL = Ipv4Address.of("10.0.0.1");
  private static final Ipv4Address NEIGHBOR = Ipv4Address.of("10.0.0.2");

  @FuzzTest(maxDuration = "20s")
  void decodeNeverThrowsAndReencodes(byte[] bytes) {
    if (ControlPacket.decode(new WireReader(bytes)) instanceof Decoded.Ok<ControlPacket>(var packet)
        && !packet.authenticated()) {
      assertThat(ControlPacket.decode(packet.encode().reader()))
          .isEqualTo(new Decoded.Ok<>(packet));
    }
  }

  /** Any octets at any time: no exception, no timer storm, at most two packets for one. */
  @FuzzTest(maxDuration = "20s")
  void theEngineStandsAnySequenceOfPackets(byte[] bytes) {
    BfdEngine engine = new BfdEngine(new SplittableRandom(1));
    Instant now = Instant.EPOCH;
    engine.handle(
        new BfdEvent.SessionConfigured(
            new LivenessTarget(LINK, LOCAL, NEIGHBOR),
            new LivenessConfig(Duration.ofMillis(50), Duration.ofMillis(50), 3)),
        now,
        action -> {});
    WireReader in = new WireReader(bytes);
    while (in.remaining() > 0) {
      now = now.plusMillis(in.u8("pause") * 8L);
      engine.advance(now, action -> {});
      long discriminator = engine.sessions().getFirst().localDiscriminator();
      byte[] packet = in.octets(Math.min(in.remaining(), 24), "packet").toByteArray();
      // Half of the packets know our discriminator, as those of a peer do.
      if (packet.length == 24 && packet[23] % 2 == 0) {
        for (int i = 0; i < 4; i++) {
          packet[8 + i] = (byte) (discriminator >>> (24 - 8 * i));
        }
      }
      int[] sent = {0};
      engine.handle(
          new BfdEvent.PacketReceived(LINK, NEIGHBOR, LOCAL, 255, Octets.wrap(packet)),
          now,
          action -> sent[0] += action instanceof BfdAction.SendPacket ? 1 : 0);
      assertThat(sent[0]).isLessThanOrEqualTo(2);
      assertThat(engine.nextDeadline()).isNotNull();
      assertThat(engine.sessions()).hasSize(1);
    }
  }
}
