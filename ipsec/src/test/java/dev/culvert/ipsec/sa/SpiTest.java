package dev.culvert.ipsec.sa;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpiTest {
  @Test
  void theQueueIsTheUnsignedRemainder() {
    assertThat(new Spi(0x0000_0107).queue(1)).isZero();
    assertThat(new Spi(0x0000_0107).queue(4)).isEqualTo(3);
    // 4,294,967,295 = 3 * 1,431,655,765
    assertThat(new Spi(0xFFFF_FFFF).queue(3)).isZero();
    assertThat(new Spi(0xFFFF_FFFE).queue(3)).isEqualTo(2);
    assertThat(new Spi(0x8000_0000).queue(16)).isZero();
    assertThat(new Spi(0x8000_0000).queue(3)).isEqualTo(2);
  }
}
