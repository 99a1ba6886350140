package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.Diagnostics.Finding;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NatChecksTest {
  private static final String RULE =
      """
      set security nat source rule-set r from zone trust
      set security nat source rule-set r to zone untrust
      set security nat source rule-set r rule a then source-nat pool p
      """;

  @Test
  void aPoolWithTheRoutersOwnAddressIsRefused() {
    assertThat(
            check(
                "set security nat source pool p address 203.0.113.2 to 203.0.113.9\n"
                    + RULE
                    + "set security nat proxy-arp interface eth0 address 203.0.113.2 to"
                    + " 203.0.113.9\n",
                "eth0.0 203.0.113.5/24"))
        .containsExactly(
            "f.conf:1: [security nat source pool p] 203.0.113.5 is the address of eth0.0: take it"
                + " out of the pool; 'then source-nat interface' uses it");
  }

  @Test
  void addressesOfAConnectedSubnetThatNobodyAnswersForAreWarnedOf() {
    assertThat(
            check(
                "set security nat source pool p address 203.0.113.10 to 203.0.113.13\n"
                    + RULE
                    + """
                    set security nat static rule-set s from zone untrust
                    set security nat static rule-set s rule a match destination-address 203.0.113.32/28
                    set security nat static rule-set s rule a then static-nat prefix 10.1.1.0/28
                    set security nat static rule-set s rule b match destination-address 2001:db8::80/128
                    set security nat static rule-set s rule b then static-nat prefix fd00::80/128
                    set security nat proxy-arp interface eth0 address 203.0.113.10
                    """,
                "eth0.0 203.0.113.5/24",
                "eth0.0 2001:db8::5/64"))
        .containsExactly(
            "f.conf:1: [security nat source pool p] warning: 203.0.113.11-203.0.113.13 is in the"
                + " subnet of eth0.0 and nobody answers for it: set security nat proxy-arp"
                + " interface eth0.0 address 203.0.113.11/32 to 203.0.113.13/32",
            "f.conf:6: [security nat static rule-set s rule a] warning: 203.0.113.32/28 is in the"
                + " subnet of eth0.0 and nobody answers for it: set security nat proxy-arp"
                + " interface eth0.0 address 203.0.113.32/28",
            "f.conf:8: [security nat static rule-set s rule b] warning: 2001:db8::80 is in the"
                + " subnet of eth0.0 and nobody answers for it: set security nat proxy-ndp"
                + " interface eth0.0 address 2001:db8::80/128");
  }

  @Test
  void theRoutersOwnAddressNeedsNoProxyAndNeitherDoesARoutedOne() {
    assertThat(
            check(
                """
                set security nat destination pool d address 10.1.1.1 port 80
                set security nat destination rule-set r from zone untrust
                set security nat destination rule-set r rule a match destination-address 203.0.113.5
                set security nat destination rule-set r rule a match destination-port 80
                set security nat destination rule-set r rule a then destination-nat pool d
                set security nat destination rule-set r rule b match destination-address 198.51.100.5
                set security nat destination rule-set r rule b then destination-nat off
                set security nat destination rule-set r rule c match destination-address 0.0.0.0/0
                set security nat destination rule-set r rule c then destination-nat off
                set security nat static rule-set s from interface st0.1
                set security nat static rule-set s rule a match destination-address 10.9.9.2
                set security nat static rule-set s rule a then static-nat prefix 10.1.1.2
                """,
                "eth0.0 203.0.113.5/24",
                "st0.1 10.9.9.1/24"))
        .isEmpty();
  }

  @Test
  void staticNatOfTheRoutersOwnAddressIsWarnedOfUnlessItIsOfPorts() {
    String rules =
        """
        set security nat static rule-set s from zone untrust
        set security nat static rule-set s rule a match destination-address 203.0.113.5/32
        set security nat static rule-set s rule a then static-nat prefix 10.1.1.1/32
        """;
    assertThat(check(rules, "eth0.0 203.0.113.5/24"))
        .containsExactly(
            "f.conf:2: [security nat static rule-set s rule a] warning: 203.0.113.5 is the address"
                + " of eth0.0: what comes from there for the router itself is translated too");
    assertThat(
            check(
                rules
                    + """
                    set security nat static rule-set s rule a match destination-port 80
                    set security nat static rule-set s rule a then static-nat prefix mapped-port 80
                    """,
                "eth0.0 203.0.113.5/24"))
        .isEmpty();
  }

  @Test
  void aTunnelThatIsNotConfiguredIsRefused() {
    assertThat(
            check(
                """
                set security nat source rule-set r from zone trust
                set security nat source rule-set r to interface [ eth7 st0.7 ]
                set security nat source rule-set r rule a then source-nat interface
                """,
                "st0.1 10.9.9.1/24"))
        .containsExactly(
            "f.conf:2: [security nat source rule-set r to interface] st0.7 is not configured: set"
                + " interfaces st0 unit 7");
  }

  private static List<String> check(String text, String... addresses) {
    SortedMap<InterfaceName, List<InterfaceAddress>> interfaces = new TreeMap<>();
    for (String address : addresses) {
      String[] words = address.split(" ", -1);
      InterfaceName name = InterfaceName.of(words[0]);
      InterfaceAddress one = InterfaceAddress.parse(words[1]).orElseThrow();
      interfaces.merge(
          name, List.of(one), (all, more) -> Stream.concat(all.stream(), more.stream()).toList());
    }
    FirewallText read = FirewallText.readGood(text);
    Diagnostics diagnostics = new Diagnostics();
    NatChecks.againstInterfaces(read.tree(), read.nat(), interfaces, diagnostics);
    return diagnostics.findings().stream().map(Finding::toString).toList();
  }
}
