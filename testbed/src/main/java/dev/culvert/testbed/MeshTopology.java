package dev.culvert.testbed;

import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.config.RouterConfigReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Offices on one Internet, each with a tunnel to every other: OSPF with BFD over the tunnels
 * announces the first LAN and the loopback, BGP between the loopbacks the second LAN. A host stands
 * on every LAN.
 *
 * <p>Office n is {@code 192.0.2.n} outside, {@code 10.n.0.0/24} and {@code 10.n.1.0/24} inside,
 * {@code 10.255.0.n} at its loopback; its tunnel to office m is {@code st0.m}.
 */
public final class MeshTopology {
  /** Tunnels' addresses and LANs: what must never be seen outside a tunnel. */
  public static final List<IpPrefix> INSIDE =
      List.of(prefix("10.0.0.0/8"), prefix("172.16.0.0/12"));

  private static final int MOST_OFFICES = 15;

  /** Enough to get through where one packet in ten is lost, on every wire of the way. */
  private static final int PROBES_A_PAIR = 12;

  private static final Duration PROBE_INTERVAL = Duration.ofMillis(20);
  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(1);

  private final SimulatedNetwork network;
  private final Medium internet;
  private final List<SimulatedRouter> routers = new ArrayList<>();
  private final List<SimulatedHost> hosts = new ArrayList<>();
  private long cleartext;

  /** Offices 1 to {@code offices}, all switched off. */
  public MeshTopology(SimulatedNetwork network, int offices, LinkConditions conditions) {
    if (offices < 2 || offices > MOST_OFFICES) {
      throw new IllegalArgumentException(offices + " offices");
    }
    this.network = network;
    this.internet = network.medium("internet", conditions);
    internet.tap(packet -> {
      if (INSIDE.stream()
          .anyMatch(p -> p.contains(packet.source()) || p.contains(packet.destination()))) {
        cleartext++;
      }
    });
    for (int office = 1; office <= offices; office++) {
      add(office, offices);
    }
  }

  private void add(int office, int offices) {
    SimulatedRouter router = network.router("r" + office, read(configuration(office, offices, "")));
    routers.add(router);
    network.plug(router, "eth0", internet);
    for (int lan = 0; lan < 2; lan++) {
      Medium segment = network.medium("lan-" + office + "-" + lan, LinkConditions.LAN);
      network.plug(router, "eth" + (lan + 1), segment);
      SimulatedHost host = network.host("h" + office + "." + lan);
      network.plug(host, "eth0", segment);
      host.address("eth0", "10.%d.%d.9/24".formatted(office, lan))
          .route("0.0.0.0/0", "eth0", "10.%d.%d.1".formatted(office, lan));
      hosts.add(host);
    }
  }

  public void start() {
    routers.forEach(SimulatedRouter::start);
  }

  public SimulatedNetwork network() {
    return network;
  }

  public Medium internet() {
    return internet;
  }

  /** Office 1 is router 1. */
  public SimulatedRouter router(int office) {
    return routers.get(office - 1);
  }

  public List<SimulatedRouter> routers() {
    return List.copyOf(routers);
  }

  /** On LAN 0 (OSPF's) or 1 (BGP's) of an office. */
  public SimulatedHost host(int office, int lan) {
    return hosts.get((office - 1) * 2 + lan);
  }

  public List<SimulatedHost> hosts() {
    return List.copyOf(hosts);
  }

  /** Packets from or to the inside that were seen on the Internet. */
  public long cleartextPackets() {
    return cleartext;
  }

  /** Reachable as the media are: both ways, over any number of offices. */
  public boolean physicallyConnected(int one, int other) {
    Set<Integer> reached = new LinkedHashSet<>(List.of(one));
    ArrayDeque<Integer> next = new ArrayDeque<>(reached);
    while (!next.isEmpty()) {
      int at = next.remove();
      for (int to = 1; to <= routers.size(); to++) {
        if (hasPath(at, to) && reached.add(to)) {
          next.add(to);
        }
      }
    }
    return reached.contains(other);
  }

  private boolean hasPath(int one, int other) {
    SimulatedKernel from = router(one).kernel();
    SimulatedKernel to = router(other).kernel();
    return router(one).isRunning()
        && router(other).isRunning()
        && internet.passes(from, to)
        && internet.passes(to, from);
  }

  /** Where forwarding and the media disagree, LAN by LAN; empty is as it should be. */
  public List<String> disagreements() {
    List<String> found = new ArrayList<>();
    long looped = looped();
    SortedMap<String, List<SimulatedHost.Probe>> probes = new TreeMap<>();
    for (int round = 0; round < PROBES_A_PAIR; round++) {
      forEachPair((from, fromLan, to, toLan) ->
          probes
              .computeIfAbsent(pairName(from, fromLan, to, toLan), k -> new ArrayList<>())
              .add(host(from, fromLan).probe(hostAddress(to, toLan))));
      network.run(PROBE_INTERVAL);
    }
    network.run(PROBE_PATIENCE);
    forEachPair((from, fromLan, to, toLan) -> {
      String pair = pairName(from, fromLan, to, toLan);
      boolean reached =
          probes.getOrDefault(pair, List.of()).stream().anyMatch(SimulatedHost.Probe::answered);
      if (reached != physicallyConnected(from, to)) {
        found.add(pair + (reached ? " is reached, over nothing" : " is not reached"));
      }
    });
    if (looped() != looped) {
      found.add((looped() - looped) + " packets went in circles");
    }
    return found;
  }

  @FunctionalInterface
  private interface PairVisitor {
    void visit(int from, int fromLan, int to, int toLan);
  }

  private void forEachPair(PairVisitor visitor) {
    for (int from = 1; from <= routers.size(); from++) {
      for (int to = 1; to <= routers.size(); to++) {
        for (int lans = 0; from != to && lans < 4; lans++) {
          visitor.visit(from, lans / 2, to, lans % 2);
        }
      }
    }
  }

  private static String pairName(int from, int fromLan, int to, int toLan) {
    return "10.%d.%d.0/24 -> 10.%d.%d.0/24".formatted(from, fromLan, to, toLan);
  }

  private long looped() {
    return routers.stream()
        .mapToLong(r -> r.kernel().drops(SimulatedKernel.Drop.TTL_EXCEEDED))
        .sum();
  }

  /** Nothing passes between these two offices any more. */
  public void cut(int one, int other) {
    internet.cut(router(one).kernel(), router(other).kernel());
  }

  public static RouterConfig read(String text) {
    Diagnostics diagnostics = new Diagnostics();
    RouterConfig config = RouterConfigReader.read("mesh.conf", text, diagnostics);
    if (diagnostics.hasErrors()) {
      throw new IllegalArgumentException(diagnostics.findings().toString());
    }
    return config;
  }

  /**
   * An office's configuration in words.
   *
   * @param extra more statements, at the top level
   */
  public static String configuration(int office, int offices, String extra) {
    StringBuilder text = new StringBuilder();
    text.append(
        """
        system { host-name r%1$d; }
        interfaces {
            eth0 { unit 0 { family inet { address 192.0.2.%1$d/24; } } }
            eth1 { unit 0 { family inet { address 10.%1$d.0.1/24; } } }
            eth2 { unit 0 { family inet { address 10.%1$d.1.1/24; } } }
            lo0 { unit 0 { family inet { address 10.255.0.%1$d/32; } } }
        }
        routing-options { router-id 10.255.0.%1$d; autonomous-system 65000; }
        security {
            ike {
                proposal strong {
                    authentication-method pre-shared-keys;
                    dh-group group19;
                    encryption-algorithm aes-256-gcm;
                    prf hmac-sha2-256;
                }
                policy offices {
                    proposals strong;
                    pre-shared-key ascii-text "between offices";
                }
            }
            ipsec {
                proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
                policy offices {
                    perfect-forward-secrecy { keys group19; }
                    proposals strong;
                }
            }
        }
        protocols {
            ospf { area 0.0.0.0 {
                interface eth1.0 { passive; }
                interface lo0.0 { passive; }
            } }
            bgp { group offices {
                type internal;
                local-address 10.255.0.%1$d;
                export second-lan;
            } }
        }
        policy-options {
            policy-statement second-lan {
                term lan {
                    from { protocol direct; route-filter 10.%1$d.1.0/24 exact; }
                    then accept;
                }
                then reject;
            }
        }
        """
            .formatted(office));
    for (int peer = 1; peer <= offices; peer++) {
      if (peer != office) {
        text.append(tunnel(office, peer));
      }
    }
    return text.append(extra).toString();
  }

  private static String tunnel(int office, int peer) {
    int pair = Math.min(office, peer) * 16 + Math.max(office, peer);
    int end = office < peer ? 1 : 2;
    return """
    interfaces { st0 { unit %2$d { family inet { address 172.16.%3$d.%4$d/30; } } } }
    security {
        ike { gateway r%2$d {
            ike-policy offices;
            address 192.0.2.%2$d;
            external-interface eth0.0;
            version v2-only;
            local-identity hostname r%1$d.example.net;
            remote-identity hostname r%2$d.example.net;
            dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
        } }
        ipsec { vpn r%2$d {
            bind-interface st0.%2$d;
            ike { gateway r%2$d; ipsec-policy offices; }
            establish-tunnels immediately;
        } }
    }
    protocols {
        ospf { area 0.0.0.0 { interface st0.%2$d {
            metric 10;
            bfd-liveness-detection { minimum-interval 300; multiplier 8; }
        } } }
        bgp { group offices { neighbor 10.255.0.%2$d; } }
    }
    """
        .formatted(office, peer, pair, end);
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  /** True if every router is up to every other in every protocol. */
  public boolean fullyAdjacent() {
    return routers.stream().allMatch(this::isFullyAdjacent);
  }

  private boolean isFullyAdjacent(SimulatedRouter router) {
    int peers = routers.size() - 1;
    return router.isRunning()
        && router.ike().vpns().stream().filter(v -> v.up()).count() == peers
        && router.engine().ospf().neighbors(network.time().now()).stream()
                .filter(n -> n.state().toString().equalsIgnoreCase("full"))
                .count()
            == peers
        && router.engine().bgp().neighbors().stream()
                .filter(n -> n.state().toString().equalsIgnoreCase("established"))
                .count()
            == peers;
  }

  /** An address to probe. */
  public static Ipv4Address hostAddress(int office, int lan) {
    return Ipv4Address.of("10.%d.%d.9".formatted(office, lan));
  }
}
