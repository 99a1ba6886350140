package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The kernel has one loopback device; Junos has any number of units of it. */
class LoopbackUnitsTest {
  private static final InterfaceName LOOPBACK = InterfaceName.of("lo0.0");

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void theAddressesOfAllUnitsAreOnUnitZero() {
    RouterConfig config =
        read(
            """
            interfaces { lo0 {
                unit 1 { family inet { address 10.255.1.1/32; } }
                unit 0 { family inet { address 10.255.0.1/32; } }
                unit 7 { family inet { address 10.255.7.1/32; } }
            } }
            """);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.interfaces().units()).containsOnlyKeys(LOOPBACK);
    assertThat(addresses(config))
        .containsExactlyInAnyOrder("10.255.0.1/32", "10.255.1.1/32", "10.255.7.1/32");
  }

  @Test
  void aDisabledUnitTakesItsOwnAddressesOnly() {
    RouterConfig config =
        read(
            """
            interfaces { lo0 {
                unit 0 { disable; family inet { address 10.255.0.1/32; } }
                unit 1 { family inet { address 10.255.1.1/32; } }
                unit 2 { disable; family inet { address 10.255.2.1/32; } }
            } }
            """);
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(addresses(config)).containsExactly("10.255.1.1/32");
    assertThat(config.interfaces().units().get(LOOPBACK))
        .matches(unit -> !unit.disabled(), "is not disabled");
  }

  @Test
  void theOtherUnitsAreNotNamedByProtocolsAndZones() {
    read(
        """
        interfaces { lo0 { unit 1 { family inet { address 10.255.1.1/32; } } } }
        security { zones { security-zone trust { interfaces { lo0.1; } } } }
        protocols { ospf { area 0 { interface lo0.1 { passive; } } } }
        """);
    assertThat(diagnostics.findings())
        .filteredOn(finding -> finding.toString().contains("name lo0.0 here"))
        .hasSize(2);
  }

  private static List<String> addresses(RouterConfig config) {
    InterfacesConfig.Unit unit = config.interfaces().units().get(LOOPBACK);
    return unit == null
        ? List.of()
        : unit.addresses().stream().map(InterfaceAddress::toString).toList();
  }

  private RouterConfig read(String text) {
    return RouterConfigReader.read("test.conf", text, diagnostics);
  }
}
