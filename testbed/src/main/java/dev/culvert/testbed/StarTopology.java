package dev.culvert.testbed;

import dev.culvert.core.net.Ipv4Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A hub, which is site 0, and its spokes on one Internet. The hub has one gateway for all of them,
 * one VPN and one multipoint unit, and has not heard of any; routes are the caller's.
 *
 * <p>Site n is {@code 198.18.0.1 + n} outside, {@code 172.16.n.0/24} inside, where n may go beyond
 * 255, and {@code 10.255.0.1 + n} on the tunnels. A host stands on every LAN.
 */
public final class StarTopology {
  /** What of a site's configuration depends on the use. */
  @FunctionalInterface
  public interface Routing {
    /** Statements at the top level, for site {@code site}. */
    String of(int site);
  }

  /** LANs of 24 bits in 172.16.0.0/12. */
  private static final int MOST_SITES = 4096;

  private static final Duration ANSWER_TIME = Duration.ofSeconds(1);

  private final SimulatedNetwork network;
  private final Medium internet;
  private final Routing routing;
  private final List<SimulatedRouter> routers = new ArrayList<>();
  private final List<SimulatedHost> hosts = new ArrayList<>();

  /** The hub and spokes 1 to {@code spokes}, all switched off. */
  public StarTopology(SimulatedNetwork network, int spokes, Routing routing) {
    this.network = network;
    this.internet = network.medium("internet", LinkConditions.INTERNET);
    this.routing = routing;
    for (int site = 0; site <= spokes; site++) {
      add();
    }
  }

  /** One more site, switched off. */
  public SimulatedRouter add() {
    int site = routers.size();
    if (site >= MOST_SITES) {
      throw new IllegalStateException(site + " sites");
    }
    SimulatedRouter router =
        network.router("r" + site, MeshTopology.read(configuration(site) + routing.of(site)));
    network.plug(router, "eth0", internet);
    Medium lan = network.medium("lan-" + site, LinkConditions.LAN);
    network.plug(router, "eth1", lan);
    SimulatedHost host = network.host("h" + site);
    network.plug(host, "eth0", lan);
    host.address("eth0", hostAddress(site) + "/24")
        .route("0.0.0.0/0", "eth0", lanAddress(site).toString());
    routers.add(router);
    hosts.add(host);
    return router;
  }

  public void start() {
    routers.forEach(SimulatedRouter::start);
  }

  public SimulatedNetwork network() {
    return network;
  }

  public SimulatedRouter hub() {
    return routers.getFirst();
  }

  /** The hub is site 0. */
  public SimulatedRouter router(int site) {
    return routers.get(site);
  }

  public List<SimulatedRouter> routers() {
    return List.copyOf(routers);
  }

  /** Pairs of running sites whose hosts do not reach each other; all are tried at once. */
  public List<String> unreached() {
    List<String> pairs = new ArrayList<>();
    List<SimulatedHost.Probe> probes = new ArrayList<>();
    for (int from = 0; from < routers.size(); from++) {
      for (int to = 0; to < routers.size(); to++) {
        if (from != to && router(from).isRunning() && router(to).isRunning()) {
          pairs.add(from + " to " + to);
          probes.add(hosts.get(from).probe(hostAddress(to)));
        }
      }
    }
    network.run(ANSWER_TIME);
    List<String> unreached = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      if (!probes.get(i).answered()) {
        unreached.add(pairs.get(i));
      }
    }
    return unreached;
  }

  /** Whether the host at one site gets an answer from the other. */
  public boolean reaches(int from, int to) {
    SimulatedHost.Probe probe = hosts.get(from).probe(hostAddress(to));
    network.run(ANSWER_TIME);
    return probe.answered();
  }

  /** The IPv4 address of a site on the tunnels. */
  public static Ipv4Address tunnelAddress(int site) {
    return plus("10.255.0.1", site);
  }

  /** {@code 172.16.n.0/24}. */
  public static String lan(int site) {
    return plus("172.16.0.0", site << 8) + "/24";
  }

  private static Ipv4Address outside(int site) {
    return plus("198.18.0.1", site);
  }

  private static Ipv4Address lanAddress(int site) {
    return plus("172.16.0.1", site << 8);
  }

  private static Ipv4Address hostAddress(int site) {
    return plus("172.16.0.9", site << 8);
  }

  private static Ipv4Address plus(String base, int offset) {
    return new Ipv4Address(Ipv4Address.of(base).bits() + offset);
  }

  private static String configuration(int site) {
    boolean isHub = site == 0;
    return """
    system { host-name r%1$d; }
    interfaces {
        eth0 { unit 0 { family inet { address %2$s/15; } } }
        eth1 { unit 0 { family inet { address %3$s/24; } } }
        st0 { unit 0 { %4$s family inet { address %5$s/16; } } }
    }
    routing-options { router-id %5$s; }
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
                %6$s
                dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
                external-interface eth0.0;
                version v2-only;
            }
        }
        ipsec {
            proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
            policy sites { proposals strong; }
            vpn sites {
                bind-interface st0.0;
                ike { gateway sites; ipsec-policy sites; }
                establish-tunnels %7$s;
            }
        }
    }
    """
        .formatted(
            site,
            outside(site),
            lanAddress(site),
            isHub ? "multipoint;" : "",
            tunnelAddress(site),
            isHub
                ? """
                dynamic { hostname example.net; ike-user-type group-ike-id; connections-limit %d; }
                local-identity hostname hub.example.net;
                """
                    .formatted(MOST_SITES)
                : """
                address %s;
                local-identity hostname r%d.example.net;
                remote-identity hostname hub.example.net;
                """
                    .formatted(outside(0), site),
            isHub ? "responder-only" : "immediately");
  }
}
