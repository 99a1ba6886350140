package dev.culvert.engine.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.culvert.core.config.Diagnostics;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A zone that keeps out what the router itself wants to hear is told with what lets it in. */
class ZoneChecksTest {
  private static final String BASE =
      """
      set interfaces eth0 unit 0 family inet address 192.0.2.2/24
      set interfaces eth1 unit 0 family inet address 198.51.100.2/24
      set interfaces lo0 unit 0 family inet address 10.255.0.1/32
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
      set security zones security-zone wan interfaces eth0.0
      set security zones security-zone wan host-inbound-traffic system-services ike
      set security zones security-zone lan interfaces eth1.0
      set security zones security-zone vpn interfaces st0.0 host-inbound-traffic protocols ospf
      set security zones security-zone vpn interfaces st0.0 host-inbound-traffic protocols bgp
      set security zones security-zone vpn interfaces st0.0 host-inbound-traffic protocols bfd
      set protocols ospf area 0 interface st0.0 bfd-liveness-detection minimum-interval 300
      set protocols bgp group g type external
      set protocols bgp group g neighbor 10.0.0.2 peer-as 65001
      set protocols bgp group g neighbor 10.0.0.2 bfd-liveness-detection minimum-interval 300
      """;

  private static final String LOSE =
      "delete security zones security-zone vpn interfaces st0.0 host-inbound-traffic protocols ";
  private static final String LET =
      "set security zones security-zone vpn interfaces st0.0 host-inbound-traffic protocols ";

  @ParameterizedTest
  @MethodSource("cases")
  void isToldWithTheStatementThatMendsIt(String lines, List<String> findings) {
    assertThat(messages(BASE + lines + "\n")).as(lines).containsExactlyElementsOf(findings);
  }

  @Test
  void whatIsLetInIsNotSpokenOf() {
    assertThat(messages(BASE)).isEmpty();
    String withoutZones =
        BASE.lines().filter(l -> !l.contains(" zones ")).reduce("", (a, l) -> a + l + "\n");
    assertThat(messages(withoutZones)).isEmpty();
  }

  static Stream<Arguments> cases() {
    String neighbor = "[protocols bgp group g neighbor 10.0.0.2] ";
    String gateway = "[security ike gateway g external-interface] ";
    return Stream.of(
        arguments(
            LOSE + "ospf",
            List.of(
                "[protocols ospf area 0.0.0.0 interface st0.0] zone 'vpn' keeps OSPF out of st0.0: "
                    + LET
                    + "ospf")),
        arguments(
            LOSE + "bgp", List.of(neighbor + "zone 'vpn' keeps BGP out of st0.0: " + LET + "bgp")),
        arguments(
            LOSE + "bfd",
            List.of(
                "[protocols ospf area 0.0.0.0 interface st0.0 bfd-liveness-detection] zone 'vpn'"
                    + " keeps BFD out of st0.0: "
                    + LET
                    + "bfd",
                neighbor + "zone 'vpn' keeps BFD out of st0.0: " + LET + "bfd")),
        // The zone says something, which would no longer count if the interface spoke for itself.
        arguments(
            "delete security zones security-zone wan host-inbound-traffic system-services ike\n"
                + "set security zones security-zone wan host-inbound-traffic system-services ping",
            List.of(
                gateway
                    + "zone 'wan' keeps IKE out of eth0.0: set security zones security-zone wan"
                    + " host-inbound-traffic system-services ike")),
        arguments(
            "set security zones security-zone wan interfaces eth0.0 host-inbound-traffic"
                + " system-services ssh",
            List.of(
                gateway
                    + "zone 'wan' keeps IKE out of eth0.0: set security zones security-zone wan"
                    + " interfaces eth0.0 host-inbound-traffic system-services ike")),
        arguments(
            "set security zones security-zone wan interfaces eth0.0 host-inbound-traffic"
                + " system-services any-service",
            List.of()),
        arguments(
            "delete security zones security-zone wan interfaces eth0.0",
            List.of(
                "[interfaces eth0 unit 0] warning: eth0.0 is in no security zone, and nothing"
                    + " passes there: set security zones security-zone ZONE interfaces eth0.0",
                gateway
                    + "eth0.0 is in no security zone, which keeps IKE out: set security zones"
                    + " security-zone ZONE interfaces eth0.0")),
        arguments(
            "delete security zones security-zone lan interfaces eth1.0",
            List.of(
                "[interfaces eth1 unit 0] warning: eth1.0 is in no security zone, and nothing"
                    + " passes there: set security zones security-zone ZONE interfaces eth1.0")),
        arguments(
            "delete security zones security-zone lan interfaces eth1.0\n"
                + "set security zones security-zone lan interfaces all",
            List.of()),
        arguments("set protocols ospf area 0 interface eth1.0 passive", List.of()),
        arguments(
            "set protocols ospf area 0 interface eth1.0",
            List.of(
                "[protocols ospf area 0.0.0.0 interface eth1.0] zone 'lan' keeps OSPF out of"
                    + " eth1.0: set security zones security-zone lan interfaces eth1.0"
                    + " host-inbound-traffic protocols ospf")),
        arguments(
            "set routing-options static route 10.9.0.0/16 next-hop 198.51.100.1\n"
                + "set routing-options static route 10.9.0.0/16 bfd-liveness-detection"
                + " minimum-interval 300",
            List.of(
                "[routing-options static route 10.9.0.0/16] zone 'lan' keeps BFD out of eth1.0: set"
                    + " security zones security-zone lan interfaces eth1.0 host-inbound-traffic"
                    + " protocols bfd")),
        arguments(
            "set protocols rip group r neighbor st0.0",
            List.of(
                "[protocols rip group r neighbor st0.0] zone 'vpn' keeps RIP out of st0.0: "
                    + LET
                    + "rip")),
        arguments(
            "set protocols ripng group r neighbor st0.0",
            List.of(
                "[protocols ripng group r neighbor st0.0] zone 'vpn' keeps RIPng out of st0.0: "
                    + LET
                    + "ripng")),
        arguments(
            "set protocols rip group r neighbor st0.0\n"
                + "set protocols ripng group r neighbor st0.0\n"
                + LET
                + "rip\n"
                + LET
                + "ripng",
            List.of()),
        // Who only sends hears nobody.
        arguments("set protocols rip group r neighbor st0.0 receive none", List.of()),
        arguments(
            "set protocols rip group r neighbor eth1.0 bfd-liveness-detection minimum-interval 300\n"
                + "set security zones security-zone lan interfaces eth1.0 host-inbound-traffic"
                + " protocols rip",
            List.of(
                "[protocols rip group r neighbor eth1.0] zone 'lan' keeps BFD out of eth1.0: set"
                    + " security zones security-zone lan interfaces eth1.0 host-inbound-traffic"
                    + " protocols bfd")),
        arguments(
            "set protocols bgp group s type external\n"
                + "set protocols bgp group s peer-as 65007\n"
                + "set protocols bgp group s allow 198.51.100.0/25",
            List.of(
                "[protocols bgp group s allow] zone 'lan' keeps BGP out of eth1.0: set security"
                    + " zones security-zone lan interfaces eth1.0 host-inbound-traffic protocols"
                    + " bgp")),
        // A neighbor that is not connected may come by any interface.
        arguments(
            "set protocols bgp group g neighbor 203.0.113.9 peer-as 65002\n"
                + "set protocols bgp group g neighbor 203.0.113.9 multihop",
            List.of()),
        arguments(
            "set interfaces st0 unit 7 family inet\n"
                + "set security zones security-zone vpn interfaces st0.7",
            List.of(
                "[security zones security-zone vpn interfaces st0.7] warning: no VPN is bound to"
                    + " st0.7: nothing comes or goes by it")),
        arguments(
            "set security zones security-zone vpn interfaces st0.7",
            List.of(
                "[security zones security-zone vpn interfaces st0.7] st0.7 is not configured: set"
                    + " interfaces st0 unit 7")));
  }

  private static List<String> messages(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfigReader.read("t.conf", text, diagnostics);
    return diagnostics.findings().stream()
        .map(finding -> finding.toString().replaceFirst("^t\\.conf:[0-9]+: ", ""))
        .toList();
  }
}
