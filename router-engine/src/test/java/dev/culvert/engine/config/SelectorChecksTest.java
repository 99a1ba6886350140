package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What routes and protocols send into a tunnel that no selector of it carries is told. */
class SelectorChecksTest {
  private static final String BASE =
      """
      set interfaces eth0 unit 0 family inet address 192.0.2.2/24
      set interfaces st0 unit 0 family inet address 10.0.0.1/30
      set routing-options router-id 10.255.0.1
      set routing-options autonomous-system 65000
      set security ike proposal p encryption-algorithm aes-256-gcm
      set security ike proposal p dh-group group14
      set security ike policy p proposals p
      set security ike policy p pre-shared-key ascii-text k
      set security ike gateway g ike-policy p
      set security ike gateway g address 192.0.2.9
      set security ike gateway g external-interface eth0.0
      set security ike gateway g version v2-only
      set security ipsec proposal e encryption-algorithm aes-256-gcm
      set security ipsec policy e proposals e
      set security ipsec vpn v bind-interface st0.0
      set security ipsec vpn v ike gateway g
      set security ipsec vpn v ike ipsec-policy e
      set security ipsec vpn v traffic-selector lan local-ip 10.1.0.0/16
      set security ipsec vpn v traffic-selector lan remote-ip 10.2.0.0/16
      """;

  private static final String OSPF = "set protocols ospf area 0 interface st0.0\n";
  private static final String BGP =
      """
      set protocols bgp group g type external
      set protocols bgp group g neighbor 10.0.0.2 peer-as 65001
      """;

  private static final String RIP =
      """
      set protocols rip group g neighbor st0.0
      set protocols ripng group g neighbor st0.0
      set security ipsec vpn v traffic-selector ripng local-ip fe80::/10
      set security ipsec vpn v traffic-selector ripng remote-ip ff02::/16
      """;

  private static final String ROUTING =
      """
      set security ipsec vpn v traffic-selector hello local-ip 10.0.0.0/30
      set security ipsec vpn v traffic-selector hello remote-ip 224.0.0.0/24
      set security ipsec vpn v traffic-selector unit local-ip 10.0.0.0/30
      set security ipsec vpn v traffic-selector unit remote-ip 10.0.0.0/30
      """;

  @Test
  void aProtocolWhosePacketsNoSelectorCarriesIsTold() {
    assertThat(warnings(OSPF))
        .containsExactly("traffic selector hides OSPF neighbors on st0.0: none holds 224.0.0.5");
    assertThat(warnings(BGP))
        .containsExactly("traffic selector hides BGP neighbor 10.0.0.2 on st0.0");
    assertThat(
            warnings(
                """
                set protocols bgp group g type external
                set protocols bgp group g peer-as 65001
                set protocols bgp group g allow 10.0.0.0/30
                """))
        .containsExactly("traffic selector hides BGP neighbors from 10.0.0.0/30 on st0.0");
    assertThat(warnings("set protocols rip group g neighbor st0.0\n"))
        .containsExactly("traffic selector hides RIP neighbors on st0.0: none holds 224.0.0.9");
    assertThat(warnings("set protocols ripng group g neighbor st0.0\n"))
        .containsExactly("traffic selector hides RIPNG neighbors on st0.0: none holds ff02::9");
    assertThat(warnings("set routing-options static route 10.9.0.0/16 next-hop st0.0\n"))
        .containsExactly("traffic selector hides static route 10.9.0.0/16 into st0.0");
  }

  @Test
  void whatASelectorCarriesIsNotSpokenOf() {
    assertThat(warnings(OSPF + BGP + RIP + ROUTING)).isEmpty();
    assertThat(warnings("set routing-options static route 10.2.7.0/24 next-hop st0.0\n")).isEmpty();
    assertThat(warnings("set protocols ospf area 0 interface eth0.0\n")).isEmpty();
    String routed =
        BASE.lines()
            .filter(line -> !line.contains("traffic-selector"))
            .reduce("", (a, line) -> a + line + "\n");
    assertThat(findings(routed + OSPF + BGP)).isEmpty();
  }

  private static List<String> warnings(String lines) {
    return findings(BASE + lines);
  }

  private static List<String> findings(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read("t.conf", text, diagnostics);
    assertThat(diagnostics.hasErrors()).as("%s", diagnostics.findings()).isFalse();
    return diagnostics.findings().stream()
        .filter(f -> f.severity() == Diagnostics.Severity.WARNING)
        .map(Diagnostics.Finding::message)
        .toList();
  }
}
