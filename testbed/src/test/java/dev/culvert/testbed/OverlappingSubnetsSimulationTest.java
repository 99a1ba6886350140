package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.firewall.ruleset.Ruleset;
import dev.culvert.testbed.packet.Ipv4Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two sites that both use 10.1.1.0/24, one tunnel between them. Each sees the other as a prefix of
 * its own: site 1 is 10.101.1.0/24 to site 2, which is 10.102.1.0/24 to site 1.
 */
class OverlappingSubnetsSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration ANSWER_TIME = Duration.ofSeconds(1);
  private static final Ipv4Address SAME = Ipv4Address.of("10.1.1.9");
  private static final Ipv4Address SITE_1 = Ipv4Address.of("10.101.1.9");
  private static final Ipv4Address SITE_2 = Ipv4Address.of("10.102.1.9");

  private final SimulatedNetwork network = new SimulatedNetwork(7);
  private final Medium internet = network.medium("internet", LinkConditions.INTERNET);
  private final List<Ipv4Packet> seenInside2 = new ArrayList<>();
  private final List<Ipv4Packet> seenOutside = new ArrayList<>();
  private final List<Medium> lans = new ArrayList<>();
  private final SimulatedRouter router1 = site(1, 2);
  private final SimulatedRouter router2 = site(2, 1);
  private final SimulatedHost host1 = host(router1, "10.1.1.9/24");
  private final SimulatedHost host2 = host(router2, "10.1.1.9/24");

  @BeforeEach
  void bringUp() {
    internet.tap(seenOutside::add);
    router1.start();
    router2.start();
    // Configured without zones, they have begun with none.
    network.run(Duration.ofMillis(1));
    router1.kernel().enforce(rulesetOf(1, 2, "10.1.1.0/24"));
    router2.kernel().enforce(rulesetOf(2, 1, "10.1.1.0/24"));
    assertThat(network.runUntil(() -> isUp(router1) && isUp(router2), PATIENCE)).isTrue();
  }

  private static boolean isUp(SimulatedRouter router) {
    return router.ike().vpns().stream().allMatch(v -> v.up())
        && router.kernel().routes().ours().stream()
            .anyMatch(r -> r.nextHops().getFirst().out().isSecureTunnel());
  }

  @Test
  void hostsOfTheSameAddressReachEachOtherByTranslatedOnes() {
    assertThat(answered(host1, SITE_2)).isTrue();
    assertThat(answered(host2, SITE_1)).isTrue();

    // What host 2 sees of it: the other site's prefix, and its own address as it is.
    assertThat(seenInside2)
        .extracting(Ipv4Packet::source, Ipv4Packet::destination)
        .contains(tuple(SITE_1, SAME))
        .contains(tuple(SAME, SITE_1));
    IpPrefix inside = IpPrefix.parse("10.0.0.0/8").orElseThrow();
    assertThat(seenOutside).noneMatch(p -> inside.contains(p.destination()));
    assertThat(router1.kernel().sessions())
        .anyMatch(
            s -> s.original().source().equals(SAME) && s.translated().source().equals(SITE_1));
  }

  @Test
  void whatNoPolicyPermitsIsDroppedAndOpensNoWay() {
    router2.kernel().enforce(rulesetOf(2, 1, "10.1.1.8/32"));

    assertThat(answered(host1, SITE_2)).isFalse();
    assertThat(router2.kernel().drops(SimulatedKernel.Drop.FIREWALL)).isEqualTo(1);
    // The other direction has a policy, and its answers pass.
    assertThat(answered(host2, SITE_1)).isTrue();
    assertThat(answered(host1, SITE_2)).isFalse();
  }

  @Test
  void aSessionSurvivesAnotherRulesetAndOneThatForbidsItMeetsOnlyOthers() {
    assertThat(answered(host1, SITE_2)).isTrue();

    router2.kernel().enforce(rulesetOf(2, 1, "10.1.1.8/32"));

    assertThat(answered(host1, SITE_2)).isTrue();
    SimulatedHost other = host(router1, "10.1.1.10/24");
    assertThat(answered(other, SITE_2)).isFalse();
  }

  private boolean answered(SimulatedHost from, Ipv4Address to) {
    SimulatedHost.Probe probe = from.probe(to);
    network.run(ANSWER_TIME);
    return probe.answered();
  }

  // --- The scene ---------------------------------------------------------------------------------

  private SimulatedRouter site(int number, int peer) {
    SimulatedRouter router = network.router("r" + number, configuration(number, peer));
    network.plug(router, "eth0", internet);
    Medium lan = network.medium("lan-" + number, LinkConditions.LAN);
    lans.add(lan);
    network.plug(router, "eth1", lan);
    if (number == 2) {
      lan.tap(seenInside2::add);
    }
    return router;
  }

  private SimulatedHost host(SimulatedRouter router, String address) {
    SimulatedHost host = network.host(router + "-" + address);
    network.plug(host, "eth0", lans.get(router.name().equals("r1") ? 0 : 1));
    return host.address("eth0", address).route("0.0.0.0/0", "eth0", "10.1.1.1");
  }

  private static Ruleset rulesetOf(int site, int peer, String reachable) {
    return new Firewalls()
        .zone("trust", "eth1.0")
        .zone("untrust", "eth0.0")
        .zone("vpn", "st0.0")
        .permit("trust", "vpn", "10.1.1.0/24", "10.10%d.1.0/24".formatted(peer))
        .permit("vpn", "trust", "10.10%d.1.0/24".formatted(peer), reachable)
        .staticNat("vpn", "10.10%d.1.0/24".formatted(site), "10.1.1.0/24")
        .ruleset();
  }

  private static RouterConfig configuration(int site, int peer) {
    return MeshTopology.read(
        """
        system { host-name r%1$d; }
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.%1$d/24; } } }
            eth1 { unit 0 { family inet { address 10.1.1.1/24; } } }
            st0 { unit 0 { family inet; } }
        }
        routing-options { static { route 10.10%2$d.1.0/24 next-hop st0.0; } }
        security {
            ike {
                proposal strong {
                    authentication-method pre-shared-keys;
                    dh-group group19;
                    encryption-algorithm aes-256-gcm;
                    prf hmac-sha2-256;
                }
                policy sites {
                    proposals strong;
                    pre-shared-key ascii-text "between sites";
                }
                gateway other {
                    ike-policy sites;
                    address 192.0.2.%2$d;
                    external-interface eth0.0;
                    version v2-only;
                    local-identity hostname r%1$d.example.net;
                    remote-identity hostname r%2$d.example.net;
                }
            }
            ipsec {
                proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
                policy sites { proposals strong; }
                vpn other {
                    bind-interface st0.0;
                    ike { gateway other; ipsec-policy sites; }
                    establish-tunnels immediately;
                }
            }
        }
        """
            .formatted(site, peer));
  }
}
