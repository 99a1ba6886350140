package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import dev.culvert.firewall.application.Alg;
import dev.culvert.firewall.application.Application;
import dev.culvert.firewall.application.ApplicationTerm;
import dev.culvert.firewall.application.PortRange;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.ruleset.AddressMatch;
import dev.culvert.firewall.ruleset.DnsName;
import dev.culvert.firewall.ruleset.HostInbound;
import dev.culvert.firewall.ruleset.HostProtocol;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.firewall.ruleset.PolicyContext;
import dev.culvert.firewall.ruleset.PolicyContext.ZonePair;
import dev.culvert.firewall.ruleset.PolicyTable;
import dev.culvert.firewall.ruleset.SystemService;
import dev.culvert.firewall.ruleset.Zone;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FirewallSectionsTest {
  private static final String OFFICE =
      """
      applications {
          application web-admin {
              description "the web server's back door";
              protocol tcp;
              source-port 1024-65535;
              destination-port 8443;
              inactivity-timeout 600;
          }
          application odd-ftp {
              application-protocol ftp;
              protocol tcp;
              destination-port 2121;
              inactivity-timeout never;
          }
          application pings {
              term four protocol icmp icmp-type echo-request icmp-code 0;
              term six protocol 58 icmp6-type echo-request;
          }
          application-set admin {
              application web-admin;
              application-set shells;
          }
          application-set shells {
              application junos-ssh;
              application junos-telnet;
          }
      }
      schedulers {
          scheduler office {
              daily {
                  start-time 08:00 stop-time 18:00;
              }
              sunday {
                  exclude;
              }
          }
      }
      security {
          address-book global {
              address net 10.0.0.0/8;
              address host 192.0.2.7;
              address some {
                  range-address 192.0.2.10 {
                      to {
                          192.0.2.20;
                      }
                  }
              }
              address web {
                  description "where the web is";
                  dns-name www.example.com {
                      ipv4-only;
                      dns-query-interval 60;
                  }
              }
              address-set inner {
                  address host;
                  address-set more;
              }
              address-set more {
                  address some;
                  address web;
              }
          }
          address-book branch {
              address net 10.1.0.0/16;
              attach {
                  zone lan;
              }
          }
          zones {
              functional-zone management {
                  interfaces {
                      eth9.0;
                  }
                  host-inbound-traffic {
                      system-services {
                          all;
                          telnet {
                              except;
                          }
                      }
                  }
              }
              security-zone lan {
                  description "the people";
                  tcp-rst;
                  host-inbound-traffic {
                      system-services {
                          ping;
                          ssh;
                      }
                  }
                  interfaces {
                      eth0.0;
                      st0.1 {
                          host-inbound-traffic {
                              protocols {
                                  ospf;
                              }
                          }
                      }
                  }
              }
              security-zone wan {
                  interfaces {
                      all;
                  }
              }
          }
          policies {
              from-zone lan to-zone wan {
                  policy web {
                      match {
                          source-address net;
                          destination-address [ inner any-ipv6 ];
                          application [ admin pings ];
                      }
                      then {
                          permit {
                              tcp-options {
                                  initial-tcp-mss 1300;
                                  syn-check-required;
                              }
                          }
                          log {
                              session-close;
                          }
                          count;
                      }
                      scheduler-name office;
                  }
                  policy rest {
                      description "and nothing else";
                      match {
                          source-address any;
                          destination-address net;
                          application any;
                          destination-address-excluded;
                      }
                      then {
                          reject;
                      }
                  }
              }
              from-zone wan to-zone junos-host {
                  policy none {
                      match {
                          source-address any;
                          destination-address any;
                          application any;
                      }
                      then {
                          deny;
                      }
                  }
              }
              global {
                  policy everywhere {
                      match {
                          source-address net;
                          destination-address any;
                          application junos-ftp;
                          from-zone [ wan lan ];
                          to-zone any;
                      }
                      then {
                          permit;
                      }
                  }
              }
              default-policy {
                  permit-all;
              }
              policy-rematch {
                  extensive;
              }
          }
      }
      """;

  private static final DnsName WEB = new DnsName("www.example.com", DnsName.Family.IPV4_ONLY, 60);

  private final Bound bound = Bound.of(OFFICE);
  private final PolicyTable policies = bound.config().ruleset().policies();

  @Test
  void nothingIsFoundWrong() {
    assertThat(bound.messages()).isEmpty();
  }

  @Test
  void nothingAtAllIsTheEmptyFirewall() {
    assertThat(Bound.of("").config()).isEqualTo(FirewallConfig.EMPTY);
  }

  @Test
  void zonesHaveTheirInterfacesAndWhatReachesTheRouterThere() {
    Set<SystemService> allButTelnet = EnumSet.allOf(SystemService.class);
    allButTelnet.remove(SystemService.TELNET);
    HostInbound management = new HostInbound(allButTelnet, Set.of(), false);
    HostInbound lan =
        new HostInbound(Set.of(SystemService.PING, SystemService.SSH), Set.of(), false);
    HostInbound tunnel = new HostInbound(Set.of(), Set.of(HostProtocol.OSPF), false);
    assertThat(bound.config().ruleset().zones())
        .containsExactly(
            new Zone(
                "management",
                Zone.Kind.MANAGEMENT,
                null,
                List.of(new Zone.Member(InterfaceName.of("eth9.0"), management)),
                false,
                management,
                false,
                null),
            new Zone(
                "lan",
                Zone.Kind.SECURITY,
                "the people",
                List.of(
                    new Zone.Member(InterfaceName.of("eth0.0"), lan),
                    new Zone.Member(InterfaceName.of("st0.1"), tunnel)),
                false,
                lan,
                true,
                null),
            new Zone(
                "wan", Zone.Kind.SECURITY, null, List.of(), true, HostInbound.NONE, false, null));
  }

  @Test
  void aPolicyHasAllThatItsStatementsSay() {
    Policy web = policies.between(new ZonePair("lan", "wan")).getFirst();
    assertThat(web)
        .isEqualTo(
            new Policy(
                web.index(),
                new ZonePair("lan", "wan"),
                "web",
                null,
                // The zone's own net comes before the global one.
                match(List.of("net"), false, AddressSet.of(prefix("10.1.0.0/16"))),
                new AddressMatch(
                    List.of("inner", "any-ipv6"),
                    false,
                    new AddressSet(
                            List.of(
                                AddressRange.host(address("192.0.2.7")),
                                new AddressRange(address("192.0.2.10"), address("192.0.2.20"))))
                        .union(AddressSet.ANY_IPV6),
                    new TreeSet<>(Set.of(WEB))),
                List.of(
                    new Application(
                        "web-admin",
                        List.of(
                            new ApplicationTerm(
                                new ServiceMatch(
                                    6, new PortRange(1024, 65535), PortRange.of(8443), null, null),
                                null,
                                Duration.ofMinutes(10)))),
                    application("junos-ssh", ServiceMatch.tcp(22, 22)),
                    application("junos-telnet", ServiceMatch.tcp(23, 23)),
                    application(
                        "pings",
                        new ServiceMatch(1, PortRange.ANY, PortRange.ANY, 8, 0),
                        ServiceMatch.icmp(58, 128))),
                Policy.Action.PERMIT,
                new Policy.Log(false, true),
                true,
                new Policy.TcpOptions(1300, 0, true, false),
                "office",
                true));
  }

  @Test
  void whatIsNotSaidIsAsOnJunos() {
    Policy rest = policies.between(new ZonePair("lan", "wan")).get(1);
    assertThat(rest.description()).isEqualTo("and nothing else");
    assertThat(rest.action()).isEqualTo(Policy.Action.REJECT);
    // Destinations are in the zone wan, which has no book of its own.
    assertThat(rest.destination())
        .isEqualTo(match(List.of("net"), true, AddressSet.of(prefix("10.0.0.0/8"))));
    assertThat(rest.applications()).containsExactly(Application.ANY);
    assertThat(rest.log()).isEqualTo(Policy.Log.NONE);
    assertThat(rest.count()).isFalse();
    assertThat(rest.tcpOptions()).isEqualTo(Policy.TcpOptions.NONE);
    assertThat(rest.schedulerName()).isNull();
    PolicyTable none =
        Bound.of("set security zones security-zone z tcp-rst").config().ruleset().policies();
    assertThat(none).isEqualTo(PolicyTable.EMPTY);
  }

  @Test
  void globalPoliciesComeLastAndKnowTheGlobalNamesAlone() {
    assertThat(policies.between(new ZonePair("lan", "wan")))
        .extracting(Policy::name)
        .containsExactly("web", "rest", "everywhere");
    assertThat(policies.between(new ZonePair("wan", PolicyContext.JUNOS_HOST)))
        .extracting(Policy::name)
        .containsExactly("none", "everywhere");
    Policy global = policies.global().getFirst();
    assertThat(global.context())
        .isEqualTo(new PolicyContext.Global(new TreeSet<>(Set.of("lan", "wan")), new TreeSet<>()));
    assertThat(global.source())
        .isEqualTo(match(List.of("net"), false, AddressSet.of(prefix("10.0.0.0/8"))));
    assertThat(global.applications().getFirst().terms().getFirst().alg()).isEqualTo(Alg.FTP);
    assertThat(policies.defaultPermit()).isTrue();
    assertThat(policies.rematch()).isEqualTo(PolicyTable.Rematch.EXTENSIVE);
  }

  @Test
  void addressBooksAreKeptAsWritten() {
    assertThat(bound.config().addressBooks())
        .extracting(AddressBook::name, AddressBook::zones)
        .containsExactly(tuple("global", List.of()), tuple("branch", List.of("lan")));
    AddressBook global = bound.config().addressBooks().getFirst();
    assertThat(global.entries())
        .extracting(AddressBook.Entry::name, AddressBook.Entry::text)
        .containsExactly(
            tuple("net", "10.0.0.0/8"),
            tuple("host", "192.0.2.7"),
            tuple("some", "192.0.2.10-192.0.2.20"),
            tuple("web", "www.example.com"));
    assertThat(global.sets())
        .containsExactly(
            new AddressBook.Group("inner", null, List.of("host"), List.of("more")),
            new AddressBook.Group("more", null, List.of("some", "web"), List.of()));
  }

  @Test
  void aZoneMayHaveABookOfItsOwn() {
    Bound own =
        Bound.of(
            """
            set security zones security-zone a address-book address x 10.0.0.0/8
            set security zones security-zone a address-book address-set s address x
            set security zones security-zone b address-book address x 192.0.2.0/24
            set security policies from-zone a to-zone b policy p match source-address s
            set security policies from-zone a to-zone b policy p match destination-address x
            set security policies from-zone a to-zone b policy p match application any
            set security policies from-zone a to-zone b policy p then permit
            """);
    assertThat(own.messages()).isEmpty();
    Policy policy = own.config().ruleset().policies().all().getFirst();
    assertThat(policy.source().addresses()).isEqualTo(AddressSet.of(prefix("10.0.0.0/8")));
    assertThat(policy.destination().addresses()).isEqualTo(AddressSet.of(prefix("192.0.2.0/24")));
  }

  @Test
  void namesAndTheTimeOfDayChangeWhatIsEnforced() {
    FirewallConfig config = bound.config();
    LocalDateTime monday = LocalDateTime.of(2026, 11, 30, 12, 0);
    AddressSet answer = AddressSet.of(prefix("203.0.113.7/32"));
    Policy atNoon = config.effective(monday, name -> answer).policies().all().getFirst();
    assertThat(config.dnsNames()).containsExactly(WEB);
    assertThat(atNoon.active()).isTrue();
    assertThat(atNoon.destination().addresses().contains(address("203.0.113.7"))).isTrue();
    assertThat(config.nextChange(monday)).isEqualTo(monday.withHour(18));
    Policy atNight =
        config.effective(monday.withHour(18), name -> answer).policies().all().getFirst();
    assertThat(atNight.active()).isFalse();
    assertThat(atNight.index()).isEqualTo(atNoon.index());
    LocalDateTime saturdayNight = LocalDateTime.of(2026, 12, 5, 18, 0);
    assertThat(config.nextChange(saturdayNight)).isEqualTo(LocalDateTime.of(2026, 12, 7, 8, 0));
  }

  @Test
  void whatIsPrintedIsReadAgainToTheSame() {
    assertThat(bound.tree().toBraces(true)).isEqualTo(OFFICE);
    assertThat(Bound.of(bound.tree().toSet(true)).config()).isEqualTo(bound.config());
  }

  private static AddressMatch match(List<String> words, boolean excluded, AddressSet addresses) {
    return new AddressMatch(words, excluded, addresses, new TreeSet<>());
  }

  private static Application application(String name, ServiceMatch... matches) {
    return new Application(name, Arrays.stream(matches).map(ApplicationTerm::of).toList());
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
