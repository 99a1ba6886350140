package dev.culvert.ipsec.forwarding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.ipsec.esp.JceAeadProvider;
import dev.culvert.ipsec.libcrypto.LibCryptoAeadProvider;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  /** A stream of 20 segments, four acknowledgments and two datagrams, and then one datagram. */
  @Test
  void everyPacketOfARehearsalIsSealedOpenedAndDelivered() {
    assertThat(Rehearsal.run(LibCryptoAeadProvider.best(), 10, () -> false)).isEqualTo(5 * 26 + 5);
    assertThat(Rehearsal.run(new JceAeadProvider(), 10, () -> false)).isEqualTo(5 * 26 + 5);
  }

  @Test
  void aRehearsalEndsWhenItIsToldThatItIsEnough() {
    assertThat(Rehearsal.run(LibCryptoAeadProvider.best(), Rehearsal.ROUNDS, () -> true)).isZero();
  }
}
