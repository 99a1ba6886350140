package dev.culvert.engine.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import org.junit.jupiter.api.Test;

class TunnelMtuTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private final TunnelMtu mtu = new TunnelMtu(ModelSystem.read(ModelSystem.VPN).ipsec());

  @Test
  void isWhatFitsTheOuterInterfaceWithEspInUdp() {
    // 1500 - 20 IPv4 - 8 UDP - 8 SPI and sequence - 8 IV - 16 ICV leaves 1440; two trailer octets
    // and the alignment to four leave 1438.
    assertThat(mtu.of(ST0, name -> 1500, 0)).isEqualTo(1438);
    assertThat(mtu.of(ST0, name -> 9000, 0)).isEqualTo(8938);
  }

  @Test
  void isWhatAnyPathCarriesWhereTheOuterInterfaceIsNotThere() {
    assertThat(mtu.of(ST0, name -> 0, 0)).isEqualTo(TunnelMtu.WITHOUT_VPN);
  }

  @Test
  void isWhatFitsThePathWhereThatIsNarrower() {
    assertThat(mtu.of(ST0, name -> 1500, 1300)).isEqualTo(1238);
    assertThat(mtu.of(ST0, name -> 1400, 1420)).isEqualTo(1338);
  }

  @Test
  void isWhatAnyPathCarriesWithoutAVpn() {
    assertThat(mtu.of(InterfaceName.of("st0.9"), name -> 1500, 0)).isEqualTo(TunnelMtu.WITHOUT_VPN);
  }
}
