package dev.culvert.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.daemon.configuration.StoreSite;
import dev.culvert.daemon.show.BranchOffice;
import dev.culvert.daemon.show.FakeRouterState;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The branch of the shipped configuration, with zones, a policy and a translated subnet. */
class PathCommandsTest {
  private static final String FIREWALL =
      """
      security {
          zones {
              security-zone trust {
                  interfaces { eth2.0; }
                  host-inbound-traffic { system-services { ping; } }
              }
              security-zone untrust {
                  interfaces { eth0.0; eth1.0; }
                  host-inbound-traffic { system-services { ike; } }
              }
              security-zone vpn {
                  interfaces { st0.0; st0.1; }
                  host-inbound-traffic { protocols { all; } }
              }
          }
          address-book global { address office 10.1.0.0/24; }
          policies {
              from-zone trust to-zone vpn {
                  policy web {
                      match {
                          source-address office;
                          destination-address any;
                          application junos-http;
                      }
                      then { permit; }
                  }
              }
          }
          nat {
              static {
                  rule-set hub {
                      from zone vpn;
                      rule office {
                          match { destination-address 10.101.0.0/24; }
                          then { static-nat { prefix { 10.1.0.0/24; } } }
                      }
                  }
              }
          }
      }
      """;

  private final FakeRouterState router = new FakeRouterState();
  private final Commands commands =
      new Commands(router, new StoreSite("system { host-name branch; }").store);

  @BeforeEach
  void withFirewall() {
    router.configuration = configuration();
    RouteEntry.Candidate direct = router.routes.getFirst().candidates().getFirst();
    router.routes = new ArrayList<>(router.routes);
    router.routes.add(
        new RouteEntry(
            IpPrefix.parse("10.1.0.0/24").orElseThrow(),
            List.of(
                new RouteEntry.Candidate(
                    direct.route(),
                    true,
                    null,
                    direct.since(),
                    List.of(new NextHop.Via(InterfaceName.of("eth2.0"), null))))));
  }

  private static RouterConfig configuration() {
    Diagnostics diagnostics = new Diagnostics();
    String text = BranchOffice.configuration() + FIREWALL;
    RouterConfig config = RouterConfigReader.read("branch.conf", text, diagnostics);
    assertThat(diagnostics.hasErrors()).as(diagnostics.findings().toString()).isFalse();
    return config;
  }

  private String test(String words) {
    Answers answer = run(words, Request.Format.TEXT);
    assertThat(answer.error()).isNull();
    return answer.text();
  }

  private Answers run(String words, Request.Format format) {
    return Answers.of(commands, "test security path " + words, format, false);
  }

  @Test
  void aPermittedPacketIsShownToTheTunnelAndBack() {
    String text = test("from 10.1.0.9 to 10.2.0.9 destination-port 80");

    assertThat(text.replaceAll("index [0-9]+", "index N"))
        .isEqualTo(
            """
            Packet 10.1.0.9/49152 to 10.2.0.9/80, protocol tcp, in by eth2.0

            Forward:
              Session       none: it begins one
              Route         10.2.0.0/24 [OSPF/10], preferred to [BGP/170], to 10.0.0.2 via st0.0
              Tunnel        vpn to-hub-a to 198.51.100.2 is up
                            [security ipsec vpn to-hub-a]
              SA            SPI 5e6f7081 to 198.51.100.2:4500, aes-gcm-256
              MTU           1438 octets on st0.0
              Zones         zone trust to zone vpn
              Policy        web, index N: permit
                            [security policies from-zone trust to-zone vpn policy web]
              Static NAT    10.1.0.9/49152 to 10.2.0.9/80 becomes 10.101.0.9/49152 to 10.2.0.9/80
                            [security nat static rule-set hub rule office]
              Leaves        by st0.0 as 10.101.0.9/49152 to 10.2.0.9/80

            Back:
              Session       belongs to it as an answer
              Route         10.1.0.0/24 [Direct/0] via eth2.0
              Zones         zone vpn to zone trust
              Leaves        by eth2.0 as 10.2.0.9/80 to 10.1.0.9/49152

            Verdict: permit
            """);
  }

  @Test
  void whatNoPolicyPermitsIsDeniedWithTheStatementThatWouldPermitIt() {
    assertThat(test("from 10.1.0.9 to 10.2.0.9 protocol udp destination-port 53"))
        .contains(
            """
              Policy        none from trust to vpn matches: deny-all
            """)
        .endsWith(
            """
            Verdict: deny: no policy from zone trust to zone vpn matches
            To change it: set security policies from-zone trust to-zone vpn policy NAME then permit
            """);
  }

  @Test
  void aTunnelThatIsDownIsTheTroubleOfAPermittedPacket() {
    router.vpns = router.vpns.subList(1, 2);

    assertThat(test("from 10.1.0.9 to 10.2.0.9 destination-port 80"))
        .contains("Verdict: permit, but lost: no vpn is bound to st0.0");
  }

  @Test
  void whatIsForTheRouterItselfNeedsAServiceOfItsZone() {
    assertThat(test("from 10.1.0.9 to 10.0.0.1"))
        .contains("  Host inbound  zone trust lets in system-services ping\n")
        .endsWith("Verdict: permit\n");
    assertThat(test("from 10.1.0.9 to 10.0.0.1 destination-port 22"))
        .endsWith(
            """
            Verdict: deny: zone trust does not let it reach the router
            To change it: set security zones security-zone trust interfaces eth2.0 \
            host-inbound-traffic system-services ssh
            """);
  }

  @Test
  void whoseSourceHasNoRouteComesByAnInterfaceThatIsNamed() {
    String words = "from 203.0.113.77 to 10.2.0.9 destination-port 80";

    assertThat(run(words, Request.Format.TEXT).error())
        .isEqualTo("no route to 203.0.113.77 says by which interface it comes: say in-interface");
    assertThat(test(words + " in-interface eth0.0")).contains("Verdict: deny: ");
  }

  @Test
  void theSameInElements() {
    Answers answer = run("from 10.1.0.9 to 10.2.0.9 destination-port 80", Request.Format.ELEMENTS);

    assertThat(JsonParser.parseString(answer.document().toJson()).toString())
        .contains(
            "\"path-verdict\":[{\"data\":\"permit\"}]",
            "\"path-step-name\":[{\"data\":\"Policy\"}]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "from 10.1.0.9; say from which address to which: from ADDRESS to ADDRESS",
        "from; 'from' needs a value",
        "via 10.1.0.9; unexpected 'via'",
        "from ten to 10.2.0.9; no address: ten",
        "from 10.1.0.9 to 2001:db8::1; 10.1.0.9 and 2001:db8::1 are of different families",
        "from 10.1.0.9 to 10.2.0.9 protocol tpc; no protocol: tpc",
        "from 10.1.0.9 to 10.2.0.9 protocol tcp; say to which destination-port",
        "from 10.1.0.9 to 10.2.0.9 destination-port 65536; no destination-port: 65536",
        "from 10.1.0.9 to 10.2.0.9 protocol icmp destination-port 1; icmp has no ports",
        "from 10.1.0.9 to 10.2.0.9 protocol gre source-port 1; gre has no ports",
        "from 10.1.0.9 to 10.2.0.9 in-interface eth0.x; no interface: eth0.x",
      })
  void wordsThatMakeNoSenseAreRefused(String words, String reason) {
    assertThat(run(words, Request.Format.TEXT).error()).isEqualTo(reason);
  }
}
