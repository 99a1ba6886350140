package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.testbed.packet.Ipv4Packet;
import dev.culvert.testbed.packet.UdpDatagram;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A hub with one multipoint unit and several spokes: the first is bound to its address by
 * configuration, the others by their first packets. LANs are 10.N.0.0/24, site 0 is the hub.
 */
class MultipointSimulationTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration ANSWER_TIME = Duration.ofSeconds(1);
  private static final int SITES = 5;

  private final SimulatedNetwork network = new SimulatedNetwork(11);
  private final Medium internet = network.medium("internet", LinkConditions.INTERNET);
  private final List<SimulatedRouter> routers = new ArrayList<>();
  private final List<SimulatedHost> hosts = new ArrayList<>();

  @BeforeEach
  void bringUp() {
    for (int site = 0; site < SITES; site++) {
      SimulatedRouter router = network.router("r" + site, configuration(site));
      network.plug(router, "eth0", internet);
      Medium lan = network.medium("lan-" + site, LinkConditions.LAN);
      network.plug(router, "eth1", lan);
      SimulatedHost host = network.host("h" + site);
      network.plug(host, "eth0", lan);
      hosts.add(
          host.address("eth0", "10." + site + ".0.9/24")
              .route("0.0.0.0/0", "eth0", "10." + site + ".0.1"));
      routers.add(router);
    }
    routers.forEach(SimulatedRouter::start);
    assertThat(network.runUntil(this::areUp, PATIENCE)).isTrue();
    // The spokes' own packets come from their tunnel addresses.
    for (int site = 2; site < SITES; site++) {
      greet(site);
    }
    network.run(ANSWER_TIME);
  }

  @Test
  void allPairsReachEachOtherByTheHub() {
    checkAllPairs();
  }

  @Test
  void aSpokeThatGoesAndComesBackIsFoundAgainAndTheOthersDoNotNotice() {
    SimulatedRouter gone = routers.get(2);
    gone.stop();
    network.run(Duration.ofSeconds(5));
    assertThat(answered(1, 3)).isTrue();
    assertThat(answered(1, 2)).isFalse();

    gone.start();
    assertThat(network.runUntil(this::areUp, PATIENCE)).isTrue();
    greet(2);
    network.run(ANSWER_TIME);
    checkAllPairs();
  }

  private void checkAllPairs() {
    for (int from = 0; from < SITES; from++) {
      for (int to = 0; to < SITES; to++) {
        if (from != to) {
          assertThat(answered(from, to)).as("from %d to %d", from, to).isTrue();
        }
      }
    }
  }

  private boolean areUp() {
    return routers.stream()
        .allMatch(r -> r.isRunning() && r.ike().vpns().stream().allMatch(v -> v.up()));
  }

  private void greet(int site) {
    // The device's carrier follows the tunnel a moment later.
    network.run(ANSWER_TIME);
    SimulatedKernel kernel = routers.get(site).kernel();
    kernel.send(
        new Ipv4Packet(
            Ipv4Address.of("10.255.0." + (site + 1)),
            Ipv4Address.of("10.255.0.1"),
            Ipv4Packet.UDP,
            Ipv4Packet.DEFAULT_TTL,
            new UdpDatagram(9, 9, Octets.copyOf(new byte[8])).encode()));
  }

  private boolean answered(int from, int to) {
    SimulatedHost.Probe probe = hosts.get(from).probe(Ipv4Address.of("10." + to + ".0.9"));
    network.run(ANSWER_TIME);
    return probe.answered();
  }

  private static RouterConfig configuration(int site) {
    boolean isHub = site == 0;
    String others =
        IntStream.range(0, SITES)
            .filter(other -> other != site)
            .mapToObj(other ->
                "route 10.%d.0.0/24 next-hop %s;"
                    .formatted(other, isHub ? "10.255.0." + (other + 1) : "st0.0"))
            .collect(Collectors.joining("\n"));
    List<Integer> peers = isHub ? IntStream.range(1, SITES).boxed().toList() : List.of(0);
    String gateways =
        peers.stream()
            .map(peer ->
                """
                gateway to-%1$d {
                    ike-policy sites; address 192.0.2.%2$d; external-interface eth0.0;
                    version v2-only;
                }
                """
                    .formatted(peer, peer + 1))
            .collect(Collectors.joining());
    String vpns =
        peers.stream()
            .map(peer ->
                """
                vpn to-%1$d {
                    bind-interface st0.0;
                    ike { gateway to-%1$d; ipsec-policy sites; }
                    establish-tunnels %2$s;
                }
                """
                    .formatted(peer, isHub ? "responder-only" : "immediately"))
            .collect(Collectors.joining());
    return MeshTopology.read(
        """
        system { host-name r%1$d; }
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.%2$d/24; } } }
            eth1 { unit 0 { family inet { address 10.%1$d.0.1/24; } } }
            st0 { unit 0 { %3$s family inet { address 10.255.0.%2$d/24; %4$s } } }
        }
        routing-options { static { %5$s } }
        security {
            ike {
                proposal strong {
                    authentication-method pre-shared-keys;
                    dh-group group19;
                    encryption-algorithm aes-256-gcm;
                    prf hmac-sha2-256;
                }
                policy sites { proposals strong; pre-shared-key ascii-text "between sites"; }
                %6$s
            }
            ipsec {
                proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
                policy sites { proposals strong; }
                %7$s
            }
        }
        """
            .formatted(
                site,
                site + 1,
                isHub ? "multipoint;" : "",
                isHub ? "next-hop-tunnel 10.255.0.2 ipsec-vpn to-1;" : "",
                others,
                gateways,
                vpns));
  }
}
