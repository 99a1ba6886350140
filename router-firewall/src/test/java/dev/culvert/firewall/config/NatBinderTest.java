package dev.culvert.firewall.config;

import static dev.culvert.firewall.config.FirewallText.literal;
import static dev.culvert.firewall.config.FirewallText.prefix;
import static dev.culvert.firewall.config.FirewallText.range;
import static dev.culvert.firewall.config.FirewallText.readGood;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DestinationNatRule;
import dev.culvert.firewall.ruleset.DestinationNatRule.DestinationNatPool;
import dev.culvert.firewall.ruleset.NatMatch;
import dev.culvert.firewall.ruleset.NatRuleSet;
import dev.culvert.firewall.ruleset.NatScope;
import dev.culvert.firewall.ruleset.NatTable;
import dev.culvert.firewall.ruleset.ProxyAddresses;
import dev.culvert.firewall.ruleset.SourceNatPool;
import dev.culvert.firewall.ruleset.SourceNatRule;
import dev.culvert.firewall.ruleset.StaticNatRule;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NatBinderTest {
  /** As Junos prints it. */
  private static final String BRANCH =
      """
      security {
          nat {
              source {
                  pool public {
                      description "of the provider";
                      address {
                          203.0.113.16/28;
                          203.0.113.40/32 to 203.0.113.49/32;
                      }
                      port {
                          range {
                              2000;
                              to {
                                  2999;
                              }
                          }
                      }
                  }
                  pool one-to-one {
                      address 198.51.100.0/29;
                      host-address-base 10.1.1.8/32;
                      overflow-pool interface;
                  }
                  pool unported {
                      address 198.51.100.64;
                      port no-translation;
                      overflow-pool public;
                  }
                  address-persistent;
                  rule-set out {
                      description "to the Internet";
                      from zone [ trust dmz ];
                      to zone untrust;
                      rule mail {
                          match {
                              source-address 10.1.1.25/32;
                              destination-port 25;
                              destination-port 587;
                          }
                          then {
                              source-nat {
                                  off;
                              }
                          }
                      }
                      rule servers {
                          description "by themselves";
                          match {
                              source-address [ 10.1.1.0/28 10.1.2.0/28 ];
                              source-address-name lan;
                              source-port 1024 to 65535;
                              destination-address 0.0.0.0/0;
                              protocol [ udp 6 ];
                          }
                          then {
                              source-nat {
                                  pool {
                                      public;
                                  }
                              }
                          }
                      }
                      rule ping {
                          match {
                              application [ junos-ping junos-http ];
                          }
                          then {
                              source-nat {
                                  pool {
                                      one-to-one;
                                  }
                              }
                          }
                      }
                      rule rest {
                          match {
                              source-address 0.0.0.0/0;
                          }
                          then {
                              source-nat {
                                  interface;
                              }
                          }
                      }
                  }
                  rule-set by-interface {
                      from interface [ eth1.0 eth2.7 ];
                      to routing-instance default;
                      rule all {
                          match {
                              destination-address-name hub;
                          }
                          then {
                              source-nat {
                                  pool {
                                      unported;
                                  }
                              }
                          }
                      }
                  }
              }
              destination {
                  pool web {
                      address 10.1.1.80/32 port 8080;
                  }
                  pool farm {
                      description "of servers";
                      address 10.1.1.90/32 to 10.1.1.99/32;
                  }
                  pool by-name {
                      address-name servers;
                  }
                  rule-set in {
                      description "port forwarding";
                      from zone untrust;
                      rule web {
                          match {
                              source-address 192.0.2.0/24;
                              destination-address 203.0.113.5/32;
                              destination-port {
                                  80;
                              }
                          }
                          then {
                              destination-nat {
                                  pool {
                                      web;
                                  }
                              }
                          }
                      }
                      rule farm {
                          match {
                              destination-address 203.0.113.6/32;
                              protocol gre;
                          }
                          then {
                              destination-nat pool farm;
                          }
                      }
                      rule not {
                          match {
                              destination-address-name web;
                          }
                          then {
                              destination-nat off;
                          }
                      }
                      rule by-name {
                          match {
                              destination-address 203.0.113.7/32;
                          }
                          then {
                              destination-nat pool by-name;
                          }
                      }
                  }
              }
              static {
                  rule-set sites {
                      description "both use 10.1.1.0/24";
                      from zone vpn;
                      rule lan {
                          description "the whole subnet";
                          match {
                              source-address 10.200.2.0/24;
                              destination-address 10.200.1.0/24;
                          }
                          then {
                              static-nat {
                                  prefix {
                                      10.1.1.0/24;
                                  }
                              }
                          }
                      }
                      rule ssh {
                          match {
                              destination-address 203.0.113.5/32;
                              destination-port 2200 to 2209;
                          }
                          then {
                              static-nat {
                                  prefix {
                                      10.1.1.22/32;
                                      mapped-port {
                                          22;
                                          to {
                                              31;
                                          }
                                      }
                                  }
                              }
                          }
                      }
                      rule named {
                          match {
                              source-address-name hub;
                              destination-address-name web;
                          }
                          then {
                              static-nat {
                                  prefix-name web;
                              }
                          }
                      }
                  }
                  rule-set six {
                      from routing-instance default;
                      rule npt {
                          match {
                              destination-address 2001:db8:f::/48;
                          }
                          then {
                              static-nat {
                                  nptv6-prefix {
                                      fd00:1:2::/48;
                                  }
                              }
                          }
                      }
                      rule named {
                          match {
                              destination-address 2001:db8:e::/48;
                          }
                          then {
                              static-nat {
                                  nptv6-prefix-name lan6;
                              }
                          }
                      }
                  }
              }
              proxy-arp {
                  interface eth0.0 {
                      address {
                          203.0.113.16/28;
                          203.0.113.40/32 to 203.0.113.49/32;
                      }
                  }
              }
              proxy-ndp {
                  interface eth0 {
                      address 2001:db8:f::5;
                  }
              }
          }
      }
      """;

  private static final SourceNatPool PUBLIC =
      new SourceNatPool(
          "public",
          "of the provider",
          List.of(range("203.0.113.16", "203.0.113.31"), range("203.0.113.40", "203.0.113.49")),
          new PortRange(2000, 2999),
          null,
          true,
          null);
  private static final SourceNatPool ONE_TO_ONE =
      new SourceNatPool(
          "one-to-one",
          null,
          List.of(range("198.51.100.0", "198.51.100.7")),
          null,
          range("10.1.1.8", "10.1.1.15"),
          true,
          new SourceNatPool.Overflow.Interface());
  private static final SourceNatPool UNPORTED =
      new SourceNatPool(
          "unported",
          null,
          List.of(range("198.51.100.64", "198.51.100.64")),
          null,
          null,
          true,
          new SourceNatPool.Overflow.Pool(PUBLIC));

  private static final DestinationNatPool WEB =
      new DestinationNatPool("web", null, range("10.1.1.80", "10.1.1.80"), 8080);
  private static final DestinationNatPool FARM =
      new DestinationNatPool("farm", "of servers", range("10.1.1.90", "10.1.1.99"), 0);
  private static final DestinationNatPool BY_NAME =
      new DestinationNatPool("by-name", null, range("10.1.1.10", "10.1.1.12"), 0);

  @Test
  void sourceNatIsBound() {
    NatTable nat = readGood(BRANCH).nat();
    assertThat(nat.sourcePools()).containsExactly(PUBLIC, ONE_TO_ONE, UNPORTED);
    NatRuleSet<SourceNatRule> out = nat.sources().get(0);
    assertThat(out.name()).isEqualTo("out");
    assertThat(out.description()).isEqualTo("to the Internet");
    assertThat(out.from()).isEqualTo(new NatScope.Zones(new TreeSet<>(Set.of("trust", "dmz"))));
    assertThat(out.to()).isEqualTo(new NatScope.Zones(new TreeSet<>(Set.of("untrust"))));
    assertThat(out.rules())
        .containsExactly(
            new SourceNatRule(
                1,
                "mail",
                null,
                new NatMatch(
                    literal("10.1.1.25/32"),
                    AddressMatch.ANY,
                    List.of(),
                    List.of(PortRange.of(25), PortRange.of(587)),
                    protocols(ServiceMatch.TCP, ServiceMatch.UDP),
                    List.of()),
                new SourceNatRule.Action.Off()),
            new SourceNatRule(
                2,
                "servers",
                "by themselves",
                new NatMatch(
                    new AddressMatch(
                        List.of("10.1.1.0/28", "10.1.2.0/28", "lan"),
                        false,
                        literal("10.1.1.0/24", "10.1.2.0/28").addresses(),
                        new TreeSet<>()),
                    literal("0.0.0.0/0"),
                    List.of(new PortRange(1024, 65_535)),
                    List.of(),
                    protocols(ServiceMatch.TCP, ServiceMatch.UDP),
                    List.of()),
                new SourceNatRule.Action.Pool(PUBLIC)),
            new SourceNatRule(
                3,
                "ping",
                null,
                new NatMatch(
                    AddressMatch.ANY,
                    AddressMatch.ANY,
                    List.of(),
                    List.of(),
                    protocols(),
                    List.of(ServiceMatch.protocol(ServiceMatch.ICMP), ServiceMatch.tcp(80, 80))),
                new SourceNatRule.Action.Pool(ONE_TO_ONE)),
            new SourceNatRule(
                4,
                "rest",
                null,
                new NatMatch(
                    literal("0.0.0.0/0"),
                    AddressMatch.ANY,
                    List.of(),
                    List.of(),
                    protocols(),
                    List.of()),
                new SourceNatRule.Action.Interface()));
    NatRuleSet<SourceNatRule> byInterface = nat.sources().get(1);
    assertThat(byInterface.from())
        .isEqualTo(
            new NatScope.Interfaces(
                new TreeSet<>(Set.of(new InterfaceName("eth1", 0), new InterfaceName("eth2", 7)))));
    assertThat(byInterface.to()).isEqualTo(new NatScope.Instance());
    assertThat(byInterface.rules().getFirst().index()).isEqualTo(5);
    assertThat(byInterface.rules().getFirst().action())
        .isEqualTo(new SourceNatRule.Action.Pool(UNPORTED));
  }

  @Test
  void destinationNatIsBound() {
    NatTable nat = readGood(BRANCH).nat();
    assertThat(nat.destinationPools()).containsExactly(WEB, FARM, BY_NAME);
    assertThat(nat.destinations())
        .containsExactly(
            new NatRuleSet<>(
                "in",
                "port forwarding",
                new NatScope.Zones(new TreeSet<>(Set.of("untrust"))),
                null,
                List.of(
                    new DestinationNatRule(
                        1,
                        "web",
                        null,
                        new NatMatch(
                            literal("192.0.2.0/24"),
                            literal("203.0.113.5/32"),
                            List.of(),
                            List.of(PortRange.of(80)),
                            protocols(ServiceMatch.TCP, ServiceMatch.UDP),
                            List.of()),
                        new DestinationNatRule.Action.Pool(WEB)),
                    new DestinationNatRule(
                        2,
                        "farm",
                        null,
                        to(literal("203.0.113.6/32"), ServiceMatch.GRE),
                        new DestinationNatRule.Action.Pool(FARM)),
                    new DestinationNatRule(
                        3,
                        "not",
                        null,
                        to(FirewallText.named("web")),
                        new DestinationNatRule.Action.Off()),
                    new DestinationNatRule(
                        4,
                        "by-name",
                        null,
                        to(literal("203.0.113.7/32")),
                        new DestinationNatRule.Action.Pool(BY_NAME)))));
  }

  @Test
  void staticNatIsBoundAndItsPrefixesAreTold() {
    NatTable nat = readGood(BRANCH).nat();
    assertThat(nat.statics())
        .containsExactly(
            new NatRuleSet<>(
                "sites",
                "both use 10.1.1.0/24",
                new NatScope.Zones(new TreeSet<>(Set.of("vpn"))),
                null,
                List.of(
                    new StaticNatRule(
                        1,
                        "lan",
                        "the whole subnet",
                        literal("10.200.2.0/24"),
                        prefix("10.200.1.0/24"),
                        prefix("10.1.1.0/24"),
                        null,
                        null,
                        false),
                    new StaticNatRule(
                        2,
                        "ssh",
                        null,
                        AddressMatch.ANY,
                        prefix("203.0.113.5/32"),
                        prefix("10.1.1.22/32"),
                        new PortRange(2200, 2209),
                        new PortRange(22, 31),
                        false),
                    new StaticNatRule(
                        3,
                        "named",
                        null,
                        FirewallText.named("hub"),
                        prefix("10.1.1.5/32"),
                        prefix("10.1.1.5/32"),
                        null,
                        null,
                        false))),
            new NatRuleSet<>(
                "six",
                null,
                new NatScope.Instance(),
                null,
                List.of(
                    new StaticNatRule(
                        4,
                        "npt",
                        null,
                        AddressMatch.ANY,
                        prefix("2001:db8:f::/48"),
                        prefix("fd00:1:2::/48"),
                        null,
                        null,
                        true),
                    new StaticNatRule(
                        5,
                        "named",
                        null,
                        AddressMatch.ANY,
                        prefix("2001:db8:e::/48"),
                        prefix("2001:db8:1::/48"),
                        null,
                        null,
                        true))));
  }

  @Test
  void proxyAddressesAreBoundPutTogether() {
    assertThat(readGood(BRANCH).nat().proxies())
        .containsExactly(
            proxy(range("203.0.113.16", "203.0.113.31")),
            proxy(range("203.0.113.40", "203.0.113.49")),
            proxy(range("2001:db8:f::5", "2001:db8:f::5")));
  }

  @Test
  void whatIsPrintedInEitherFormMeansTheSame() {
    FirewallText read = readGood(BRANCH);
    assertThat(readGood(read.tree().toBraces(true)).nat()).isEqualTo(read.nat());
    assertThat(readGood(read.tree().toSet(true)).nat()).isEqualTo(read.nat());
    assertThat(readGood(read.tree().toSet(true)).tree().toBraces(true))
        .isEqualTo(read.tree().toBraces(true));
  }

  @Test
  void poolsHavePortsOfTheirOwnOrThoseOfAllOrJunos() {
    String pool =
        """
        set security nat source pool p address 203.0.113.9
        set security nat source rule-set r from zone trust
        set security nat source rule-set r to zone untrust
        set security nat source rule-set r rule r then source-nat pool p
        """;
    assertThat(ports(pool)).isEqualTo(new PortRange(1024, 63_487));
    assertThat(ports(pool + "set security nat source pool-default-port-range 5000 to 6000\n"))
        .isEqualTo(new PortRange(5000, 6000));
    assertThat(
            ports(
                pool
                    + "set security nat source pool-default-port-range 5000 to 6000\n"
                    + "set security nat source pool p port range 7000\n"))
        .isEqualTo(PortRange.of(7000));
    assertThat(ports(pool + "set security nat source pool p port no-translation\n")).isNull();
  }

  @Test
  void aPoolOfPairedAddressesIsPersistentAlone() {
    NatTable nat =
        readGood(
                """
                set security nat source pool p address 203.0.113.8/31
                set security nat source pool p address-pooling paired
                set security nat source pool q address 203.0.113.10/31
                set security nat source rule-set r from zone trust
                set security nat source rule-set r to zone untrust
                set security nat source rule-set r rule p match source-address 10.0.0.0/8
                set security nat source rule-set r rule p then source-nat pool p
                set security nat source rule-set r rule q then source-nat pool q
                """)
            .nat();
    assertThat(nat.sourcePools())
        .extracting(SourceNatPool::addressPersistent)
        .containsExactly(true, false);
  }

  @Test
  void whatTheRouterSendsItselfIsTranslatedOnItsWayOut() {
    NatTable nat =
        readGood(
                """
                set security nat source rule-set r from zone junos-host
                set security nat source rule-set r to zone untrust
                set security nat source rule-set r rule p then source-nat interface
                """)
            .nat();
    assertThat(nat.sources().getFirst().from())
        .isEqualTo(new NatScope.Zones(new TreeSet<>(Set.of("junos-host"))));
  }

  private static PortRange ports(String text) {
    return readGood(text).nat().sourcePools().getFirst().ports();
  }

  private static NatMatch to(AddressMatch destination, Integer... protocols) {
    return new NatMatch(
        AddressMatch.ANY, destination, List.of(), List.of(), protocols(protocols), List.of());
  }

  private static TreeSet<Integer> protocols(Integer... numbers) {
    return new TreeSet<>(Arrays.asList(numbers));
  }

  private static ProxyAddresses proxy(AddressRange addresses) {
    return new ProxyAddresses(new InterfaceName("eth0", 0), addresses);
  }
}
