package dev.culvert.ospf.packet;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import java.time.Instant;

class OspfPacketFuzzTest {
  @FuzzTest(maxDuration = "20s")
  void decodingNeverThrowsAndWhatWasReadIsWrittenBack(byte[] bytes) {
    if (!(RawPacket.decode(Octets.copyOf(bytes)) instanceof Decoded.Ok<RawPacket>(var raw))) {
      return;
    }
    PacketAuthentication.verify(raw, OspfAuthentication.NONE, 0);
    if (OspfPacket.decode(raw) instanceof Decoded.Ok<OspfPacket>(var packet)) {
      byte[] encoded = packet.encode(raw.routerId(), raw.area());
      Octets signed = PacketAuthentication.sign(encoded, OspfAuthentication.NONE, Instant.EPOCH);
      assertThat(RawPacket.decode(signed))
          .isInstanceOfSatisfying(
              Decoded.Ok.class,
              again ->
                  assertThat(OspfPacket.decode((RawPacket) again.value()))
                      .isEqualTo(new Decoded.Ok<>(packet)));
      if (packet instanceof LinkStateUpdate update) {
        update.lsas().forEach(OspfPacketFuzzTest::readBody);
      }
    }
  }

  private static void readBody(Lsa lsa) {
    lsa.checksumHolds();
    LsaType type = LsaType.of(lsa.header().type());
    if (type != null
        && LsaBody.decode(type, lsa.content()) instanceof Decoded.Ok<LsaBody>(var body)) {
      assertThat(LsaBody.decode(type, body.encode())).isEqualTo(new Decoded.Ok<>(body));
    }
  }
}
