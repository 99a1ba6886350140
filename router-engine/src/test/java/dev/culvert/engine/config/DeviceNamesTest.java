package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Ports as Junos calls them, on a machine of Linux devices. */
class DeviceNamesTest {
  private static final List<String> ETHERNET = List.of("enp1s0", "enp2s0", "enp3s0");

  private static final String BRANCH =
      """
      set interfaces ge-0/0/0 unit 0 family inet address 192.0.2.2/30
      set interfaces ge-0/0/1 unit 0 family inet address 10.1.0.1/24
      set interfaces ge-0/0/1 description "LAN, once on ge-0/0/1.0"
      set interfaces st0 unit 0 family inet address 10.0.0.1/30
      set routing-options static route 0.0.0.0/0 next-hop 192.0.2.1
      set security ike proposal i dh-group group19
      set security ike proposal i encryption-algorithm aes-256-gcm
      set security ipsec proposal e encryption-algorithm aes-256-gcm
      set security ipsec policy p proposals e
      set security ike policy p proposals i
      set security ike policy p pre-shared-key ascii-text "ge-0/0/0.0"
      set security ike gateway g address 198.51.100.2
      set security ike gateway g ike-policy p
      set security ike gateway g external-interface ge-0/0/0.0
      set security ike gateway g version v2-only
      set security ipsec vpn v bind-interface st0.0
      set security ipsec vpn v ike gateway g
      set security ipsec vpn v ike ipsec-policy p
      set security zones security-zone trust interfaces ge-0/0/1.0
      set security zones security-zone untrust interfaces ge-0/0/0.0 host-inbound-traffic system-services ike
      set security zones security-zone vpn interfaces st0.0 host-inbound-traffic protocols ospf
      set protocols ospf area 0 interface ge-0/0/1.0 passive
      set protocols ospf area 0 interface st0.0
      """;

  private final Diagnostics diagnostics = new Diagnostics();

  @Test
  void whereverAPortIsNamedItsDeviceIsMeant() {
    RouterConfig config = read(BRANCH);
    assertThat(diagnostics.hasErrors()).as("%s", diagnostics.findings()).isFalse();
    assertThat(config.devices().devices())
        .isEqualTo(Map.of("ge-0/0/0", "enp1s0", "ge-0/0/1", "enp2s0"));
    assertThat(config.interfaces().units().keySet())
        .extracting(InterfaceName::toString)
        .containsExactly("enp1s0.0", "enp2s0.0", "st0.0");
    assertThat(config.ipsec().gateways().getFirst().externalInterface()).hasToString("enp1s0.0");
    assertThat(config.ospf().interfaces().keySet())
        .extracting(InterfaceName::toString)
        .containsExactly("enp2s0.0", "st0.0");
    assertThat(config.firewall().ruleset().zones())
        .flatExtracting(zone -> zone.interfaces().stream().map(i -> i.name().toString()).toList())
        .containsExactlyInAnyOrder("enp1s0.0", "enp2s0.0", "st0.0");
    assertThat(findings()).contains("[interfaces ge-0/0/1] note: stands for the device enp2s0");
  }

  @Test
  void textForPeopleAndWhatIsShownStayAsWritten() {
    RouterConfig config = read(BRANCH);
    assertThat(config.interfaces().units().get(InterfaceName.of("enp2s0.0")))
        .extracting(InterfacesConfig.Unit::description)
        .isEqualTo("LAN, once on ge-0/0/1.0");
    assertThat(config.tree().toSet(true))
        .contains("set interfaces ge-0/0/0 unit 0", "external-interface ge-0/0/0.0")
        .doesNotContain("enp");
    assertThat(config.devices().written("enp1s0")).isEqualTo("ge-0/0/0");
    assertThat(config.devices().written("enp3s0")).isEqualTo("enp3s0");
  }

  @Test
  void aDeviceIsStatedWhereItsNumberWouldMeanAnother() {
    RouterConfig config =
        read(
            """
            set interfaces xe-1/0/3 linux-device enp1s0
            set interfaces xe-1/0/3 unit 0 family inet address 192.0.2.2/30
            set interfaces ge-0/0/2 unit 0 family inet address 10.1.0.1/24
            """);
    assertThat(config.devices().devices())
        .isEqualTo(Map.of("xe-1/0/3", "enp1s0", "ge-0/0/2", "enp3s0"));
    assertThat(findings())
        .containsExactlyInAnyOrder(
            "[interfaces ge-0/0/2] note: stands for the device enp3s0",
            "[interfaces xe-1/0/3 linux-device] note: 'linux-device enp1s0' is Culvert's own: Junos"
                + " 24.4 does not have it");
  }

  @Test
  void whatStandsForNoDeviceIsSaid() {
    RouterConfig config =
        read(
            """
            set interfaces ge-0/0/7 unit 0 family inet address 192.0.2.2/30
            set protocols ospf area 0 interface ge-0/0/7.0
            """);
    assertThat(diagnostics.hasErrors()).isFalse();
    assertThat(findings())
        .contains(
            "[interfaces ge-0/0/7] warning: is not there: of 3 Ethernet devices none has number 7;"
                + " linux-device names one");
    assertThat(config.interfaces().units()).containsOnlyKeys(InterfaceName.of("ge-0-0-7.0"));
  }

  @Test
  void contradictionsAreRefused() {
    read(
        """
        set interfaces ge-1/0/0 unit 0 family inet address 192.0.2.2/30
        set interfaces enp1s0 unit 0 family inet address 192.0.2.6/30
        set interfaces ge-0/0/0 unit 0 family inet address 192.0.2.10/30
        set interfaces ge-0/0/1 linux-device enp3s0
        set interfaces ge-0/0/2 unit 0 family inet address 192.0.2.14/30
        set interfaces enp2s0 linux-device enp2s0
        set interfaces ge-0/0/4 linux-device st0
        set interfaces ge-0/0/5 linux-device ge-0/0/5
        """);
    assertThat(findings())
        .contains(
            "[interfaces ge-1/0/0] a port of another card than 0/0 needs linux-device, which says"
                + " where it is",
            "[interfaces ge-0/0/0] stands for enp1s0, as 'enp1s0' does",
            "[interfaces ge-0/0/2] stands for enp3s0, as 'ge-0/0/1' does",
            "[interfaces ge-0/0/4 linux-device] 'st0' is no Ethernet device",
            "[interfaces ge-0/0/5 linux-device] 'ge-0/0/5' is no Ethernet device",
            "[interfaces enp2s0 linux-device] is for names of ports such as ge-0/0/3: 'enp2s0' is a"
                + " device");
  }

  private RouterConfig read(String text) {
    return RouterConfigReader.read("text", text, ETHERNET, diagnostics);
  }

  private List<String> findings() {
    return diagnostics.findings().stream()
        .map(f -> f.toString().replaceFirst("^text:\\d+(:\\d+)?: ", ""))
        .toList();
  }
}
