package dev.culvert.ipsec.ike.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.wire.Octets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShortcutCapabilityTest {
  /** Version, then roles; what comes behind is of a later version. */
  @ParameterizedTest
  @CsvSource({"0101, 1", "0102, 2", "0103ff, 3", "0201, 0", "01, 0", "'', 0"})
  void rolesAreReadAsFarAsTheyMakeSense(String hex, int roles) {
    assertThat(ShortcutCapability.decode(Octets.ofHex(hex))).isEqualTo(roles);
  }
}
