package dev.culvert.daemon.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.daemon.show.FakeRouterState;
import dev.culvert.engine.config.RouterConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class TunnelMtuTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private final RouterConfig config = new FakeRouterState().configuration();

  @Test
  void isWhatFitsTheOuterInterfaceWithEspInUdp() {
    // 1500 - 20 IPv4 - 8 UDP - 8 SPI and sequence - 8 IV - 16 ICV leaves 1440; two trailer octets
    // and the alignment to four leave 1438.
    assertThat(TunnelMtu.of(ST0, config, List.of(outer(1500)), 0)).isEqualTo(1438);
    assertThat(TunnelMtu.of(ST0, config, List.of(outer(9000)), 0)).isEqualTo(8938);
  }

  @Test
  void isWhatAnyPathCarriesWhereTheOuterInterfaceIsNotThere() {
    assertThat(TunnelMtu.of(ST0, config, List.of(), 0)).isEqualTo(TunnelMtu.WITHOUT_VPN);
  }

  @Test
  void isWhatFitsThePathWhereThatIsNarrower() {
    assertThat(TunnelMtu.of(ST0, config, List.of(outer(1500)), 1300)).isEqualTo(1238);
    assertThat(TunnelMtu.of(ST0, config, List.of(outer(1400)), 1420)).isEqualTo(1338);
  }

  @Test
  void isWhatAnyPathCarriesWithoutAVpn() {
    assertThat(TunnelMtu.of(InterfaceName.of("st0.9"), config, List.of(outer(1500)), 0))
        .isEqualTo(TunnelMtu.WITHOUT_VPN);
  }

  private static InterfaceState outer(int mtu) {
    return new InterfaceState(InterfaceName.of("eth0.0"), 2, true, false, false, mtu, List.of());
  }
}
