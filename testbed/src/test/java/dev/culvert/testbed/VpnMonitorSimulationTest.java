package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.monitor.VpnMonitorStatus.State;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Two sites, a tunnel each over connections A and B. Site 1 has a static route by A, which is
 * monitored, and one by B in case. IKE and its dead peer detection see nothing of what goes wrong
 * here: it lies beyond the tunnel.
 */
class VpnMonitorSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String REMOTE_LAN = "10.2.0.0/24";
  private static final Ipv4Address SERVER = Ipv4Address.of("10.2.0.9");

  private final SimulatedNetwork network = new SimulatedNetwork(11);
  private final Medium a = network.medium("a", LinkConditions.INTERNET);
  private final Medium b = network.medium("b", LinkConditions.INTERNET);
  private final Medium lan2 = network.medium("lan2", LinkConditions.LAN);

  @Test
  void theRouteMovesWhenNobodyAnswersBeyondThePrimaryAndComesBack() {
    SimulatedRouter router1 = scene("destination-ip 10.2.0.9; optimized;", "immediately");
    assertThat(network.runUntil(() -> via(router1).equals("st0.0"), PATIENCE)).isTrue();
    network.run(Duration.ofSeconds(30));
    assertThat(router1.monitor().status().getFirst().state()).isEqualTo(State.UP);

    lan2.cut();
    // Three requests of two seconds each, and one interval until the first of them.
    assertThat(network.runUntil(() -> via(router1).equals("st0.1"), Duration.ofSeconds(9)))
        .isTrue();
    assertThat(vpn(router1, "a").failures()).isZero();
    network.run(Duration.ofMinutes(1));
    // Its SA pairs are there again, and are no reason to use it.
    assertThat(vpn(router1, "a").up()).isTrue();
    assertThat(vpn(router1, "a").flaps()).isGreaterThanOrEqualTo(1);
    assertThat(via(router1)).isEqualTo("st0.1");

    lan2.heal();
    assertThat(network.runUntil(() -> via(router1).equals("st0.0"), Duration.ofSeconds(5)))
        .isTrue();
  }

  @Test
  void withVerifyPathNoRouteUsesTheTunnelBeforeTheFirstReply() {
    SimulatedRouter router1 =
        scene("verify-path { destination-ip 10.2.0.9; packet-size 1200; }", "immediately");
    lan2.cut();
    assertThat(network.runUntil(() -> isUp(router1), PATIENCE)).isTrue();
    network.run(Duration.ofSeconds(30));
    assertThat(via(router1)).isEqualTo("st0.1");
    assertThat(router1.monitor().status().getFirst().state()).isEqualTo(State.VERIFYING);

    lan2.heal();
    assertThat(network.runUntil(() -> via(router1).equals("st0.0"), Duration.ofSeconds(3)))
        .isTrue();
  }

  /** No packet asks for it while no route leads into it: the monitor has to. */
  @Test
  void aTunnelThatTrafficBringsUpComesBackWithoutTraffic() {
    SimulatedRouter router1 = scene("destination-ip 10.2.0.9;", "on-traffic");
    network.run(Duration.ofSeconds(1));
    SimulatedHost host1 = hosts.getFirst();
    host1.probe(SERVER);
    assertThat(network.runUntil(() -> isUp(router1), PATIENCE)).isTrue();
    network.run(Duration.ofSeconds(10));

    a.cut();
    assertThat(network.runUntil(() -> via(router1).equals("st0.1"), Duration.ofSeconds(15)))
        .isTrue();
    network.run(Duration.ofMinutes(5));
    a.heal();
    assertThat(network.runUntil(() -> via(router1).equals("st0.0"), Duration.ofMinutes(5)))
        .isTrue();
    SimulatedHost.Probe probe = host1.probe(SERVER);
    network.run(Duration.ofSeconds(1));
    assertThat(probe.answered()).isTrue();
  }

  // --- The scene ---------------------------------------------------------------------------------

  private List<SimulatedHost> hosts = List.of();

  private SimulatedRouter scene(String monitor, String establish) {
    SimulatedRouter router1 =
        network.router("r1", configuration(1, 2, "vpn-monitor { " + monitor + " }", establish));
    SimulatedRouter router2 = network.router("r2", configuration(2, 1, "", "responder-only"));
    Medium lan1 = network.medium("lan1", LinkConditions.LAN);
    for (SimulatedRouter router : List.of(router1, router2)) {
      network.plug(router, "eth0", a);
      network.plug(router, "eth1", b);
      network.plug(router, "eth2", router == router1 ? lan1 : lan2);
    }
    hosts = List.of(host(lan1, 1), host(lan2, 2));
    router1.start();
    router2.start();
    return router1;
  }

  private SimulatedHost host(Medium lan, int site) {
    SimulatedHost host = network.host("h" + site);
    network.plug(host, "eth0", lan);
    return host.address("eth0", "10." + site + ".0.9/24")
        .route("0.0.0.0/0", "eth0", "10." + site + ".0.1");
  }

  private static String via(SimulatedRouter router) {
    FibEntry entry = router.kernel().route(REMOTE_LAN);
    return entry == null ? "" : entry.nextHops().getFirst().out().toString();
  }

  private static boolean isUp(SimulatedRouter router) {
    return router.ike().vpns().stream().anyMatch(v -> v.vpn().equals("a") && v.up());
  }

  private static VpnStateView vpn(SimulatedRouter router, String name) {
    return router.ike().vpns().stream().filter(v -> v.vpn().equals(name)).findFirst().orElseThrow();
  }

  private static RouterConfig configuration(int site, int peer, String monitor, String establish) {
    return MeshTopology.read(
        """
        system { host-name r%1$d; }
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.%1$d/24; } } }
            eth1 { unit 0 { family inet { address 198.51.100.%1$d/24; } } }
            eth2 { unit 0 { family inet { address 10.%1$d.0.1/24; } } }
            st0 {
                unit 0 { family inet { address 10.0.0.%1$d/30; } }
                unit 1 { family inet { address 10.0.0.1%1$d/28; } }
            }
        }
        routing-options {
            static {
                route 10.%2$d.0.0/24 {
                    next-hop st0.0;
                    qualified-next-hop st0.1 { preference 100; }
                }
            }
        }
        security {
            ike {
                proposal strong {
                    authentication-method pre-shared-keys;
                    dh-group group19;
                    encryption-algorithm aes-256-gcm;
                    prf hmac-sha2-256;
                }
                policy sites { proposals strong; pre-shared-key ascii-text "between sites"; }
                gateway a {
                    ike-policy sites;
                    address 192.0.2.%2$d;
                    external-interface eth0.0;
                    version v2-only;
                }
                gateway b {
                    ike-policy sites;
                    address 198.51.100.%2$d;
                    external-interface eth1.0;
                    version v2-only;
                }
            }
            ipsec {
                vpn-monitor-options { interval 2; threshold 3; }
                proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
                policy sites { proposals strong; }
                vpn a {
                    bind-interface st0.0;
                    ike { gateway a; ipsec-policy sites; }
                    establish-tunnels %4$s;
                    %3$s
                }
                vpn b {
                    bind-interface st0.1;
                    ike { gateway b; ipsec-policy sites; }
                    establish-tunnels %5$s;
                }
            }
        }
        """
            .formatted(
                site,
                peer,
                monitor,
                establish,
                establish.equals("on-traffic") ? "immediately" : establish));
  }
}
