package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.testbed.packet.Ipv4Packet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A hub that suggests shortcuts, which is site 0, and spokes that build them. Site N is 192.0.2.N+1
 * outside, 10.255.0.N+1 on the tunnels' unit, and 10.N.0.0/24 inside, with a host 10.N.0.9.
 */
final class ShortcutStar {
  /** In the place of what stands there: no {@code advpn} at all. */
  static final String OFF = "off";

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What a packet must never be lost for, whatever a network does to it. */
  private static final List<DropCause> OUR_FAULT =
      List.of(
          DropCause.NO_SA,
          DropCause.SELECTOR,
          DropCause.INVALID_SPI,
          DropCause.NO_NEXT_HOP_TUNNEL,
          DropCause.AUTHENTICATION);

  final SimulatedNetwork network;
  final Medium internet;
  final List<SimulatedRouter> routers = new ArrayList<>();
  final List<SimulatedHost> hosts = new ArrayList<>();
  final List<SimulatedHost.Probe> probes = new ArrayList<>();

  /** Looked at while sites talk. */
  Runnable invariant = () -> {};

  /** Outer packets by where they came from and went. */
  private final Map<String, Integer> seen = new TreeMap<>();

  /**
   * @param multipoint the spokes' units have next hops as well
   * @param partner what stands in {@code advpn partner} of spokes
   */
  ShortcutStar(
      long seed, int sites, LinkConditions conditions, boolean multipoint, String partner) {
    network = new SimulatedNetwork(seed);
    internet = network.medium("internet", conditions);
    internet.tap(this::saw);
    for (int site = 0; site < sites; site++) {
      SimulatedRouter router =
          network.router("r" + site, configuration(site, sites, multipoint, partner));
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
    assertThat(network.runUntil(this::areUp, PATIENCE)).as("seed %d", seed).isTrue();
    // The device's carrier follows the tunnel a moment later.
    network.run(Duration.ofSeconds(2));
  }

  private void saw(Ipv4Packet packet) {
    seen.merge(packet.source() + " " + packet.destination(), 1, Integer::sum);
  }

  /** Outer packets from one site to another since the last call. */
  int takeSeen(int from, int to) {
    Integer count = seen.remove("192.0.2." + (from + 1) + " 192.0.2." + (to + 1));
    return count == null ? 0 : count;
  }

  boolean areUp() {
    return routers.stream()
            .allMatch(r -> r.isRunning() && r.ike().vpns().stream().allMatch(v -> v.up()))
        && routers.getFirst().ike().vpns().size() == routers.size() - 1;
  }

  /** Each of the pairs of sites talks, both ways, a packet each period. */
  void talk(Duration duration, Duration period, int... pairs) {
    for (Duration at = Duration.ZERO; at.compareTo(duration) < 0; at = at.plus(period)) {
      for (int i = 0; i < pairs.length; i += 2) {
        probes.add(probe(pairs[i], pairs[i + 1]));
        probes.add(probe(pairs[i + 1], pairs[i]));
      }
      network.run(period);
      invariant.run();
    }
    network.run(Duration.ofSeconds(1));
  }

  SimulatedHost.Probe probe(int from, int to) {
    return hosts.get(from).probe(Ipv4Address.of("10." + to + ".0.9"));
  }

  long unanswered() {
    return probes.stream().filter(probe -> !probe.answered()).count();
  }

  /** The states of a site's shortcuts, with the site each leads to. */
  List<String> shortcuts(int site) {
    return routers.get(site).ike().shortcuts().stream()
        .map(s -> site(s) + " " + s.state())
        .toList();
  }

  private static int site(ShortcutView shortcut) {
    String address = shortcut.remote().address().toString();
    return Integer.parseInt(address.substring(address.lastIndexOf('.') + 1)) - 1;
  }

  /** Packets lost for a fault of ours, by router and cause. */
  Map<String, Long> faults() {
    Map<String, Long> faults = new TreeMap<>();
    for (SimulatedRouter router : routers) {
      for (DropCause cause : OUR_FAULT) {
        if (router.drops(cause) > 0) {
          faults.put(router + " " + cause, router.drops(cause));
        }
      }
    }
    return faults;
  }

  static RouterConfig configuration(int site, int sites, boolean multipoint, String partner) {
    boolean isHub = site == 0;
    String others =
        IntStream.range(0, sites)
            .filter(other -> other != site)
            .mapToObj(other ->
                "route 10.%d.0.0/24 next-hop %s;"
                    .formatted(
                        other,
                        isHub ? "10.255.0." + (other + 1) : multipoint ? "10.255.0.1" : "st0.0"))
            .collect(Collectors.joining("\n"));
    String gateway =
        isHub
            ? """
            dynamic { hostname example.net; ike-user-type group-ike-id; }
            local-identity hostname hub.example.net;
            advpn { partner { disable; } }
            """
            : """
            address 192.0.2.1;
            local-identity hostname spoke-%d.example.net;
            remote-identity hostname hub.example.net;
            %s
            """
                .formatted(
                    site,
                    partner.equals(OFF)
                        ? ""
                        : "advpn { suggester { disable; } partner { " + partner + " } }");
    return MeshTopology.read(
        """
        system { host-name r%1$d; }
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.%2$d/24; } } }
            eth1 { unit 0 { family inet { address 10.%1$d.0.1/24; } } }
            st0 { unit 0 { %3$s family inet { address 10.255.0.%2$d/24; } } }
        }
        routing-options { static { %4$s } }
        security {
            ike {
                proposal strong {
                    authentication-method pre-shared-keys;
                    dh-group group31;
                    encryption-algorithm aes-256-gcm;
                    prf hmac-sha2-256;
                }
                policy sites { proposals strong; pre-shared-key ascii-text "between sites"; }
                gateway sites {
                    ike-policy sites;
                    external-interface eth0.0;
                    version v2-only;
                    %5$s
                }
            }
            ipsec {
                proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
                policy sites { proposals strong; }
                vpn sites {
                    bind-interface st0.0;
                    ike { gateway sites; ipsec-policy sites; }
                    establish-tunnels %6$s;
                }
            }
        }
        """
            .formatted(
                site,
                site + 1,
                isHub || multipoint ? "multipoint;" : "",
                others,
                gateway,
                isHub ? "responder-only" : "immediately"));
  }
}
