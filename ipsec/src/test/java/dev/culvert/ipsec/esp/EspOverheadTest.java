package dev.culvert.ipsec.esp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.ipsec.sa.EspAlgorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class EspOverheadTest {
  @ParameterizedTest
  @CsvSource({
    "AES_128_GCM, true, INET, 1500, 1438",
    "AES_256_GCM, true, INET, 1500, 1438",
    "CHACHA20_POLY1305, true, INET6, 1500, 1418",
    "AES_128_GCM, false, INET, 1500, 1446",
    "AES_128_GCM, false, INET6, 1500, 1426",
    // 1500 - 28 - 8 - 16 - 16 = 1432 octets of room: 89 blocks, less the trailer.
    "AES_256_CBC_HMAC_SHA_256_128, true, INET, 1500, 1422",
  })
  void theTunnelMtuFillsTheOuterMtu(
      EspAlgorithm algorithm, boolean udp, AddressFamily outer, int outerMtu, int tunnelMtu) {
    assertThat(EspOverhead.of(algorithm, udp, outer).tunnelMtu(outerMtu)).isEqualTo(tunnelMtu);
  }

  @ParameterizedTest
  @EnumSource(EspAlgorithm.class)
  void noLargerPacketFitsThanTheTunnelMtu(EspAlgorithm algorithm) {
    for (AddressFamily outer : AddressFamily.values()) {
      EspOverhead overhead = EspOverhead.of(algorithm, true, outer);
      for (int outerMtu = 576; outerMtu < 1600; outerMtu++) {
        int tunnelMtu = overhead.tunnelMtu(outerMtu);
        assertThat(overhead.wireLength(tunnelMtu)).isLessThanOrEqualTo(outerMtu);
        assertThat(overhead.wireLength(tunnelMtu + 1)).isGreaterThan(outerMtu);
      }
    }
  }

  @Test
  void anOuterMtuWithoutRoomLeavesNone() {
    assertThat(EspOverhead.of(EspAlgorithm.AES_128_GCM, true, AddressFamily.INET).tunnelMtu(40))
        .isZero();
  }
}
