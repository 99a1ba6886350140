package dev.culvert.lab;

import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.RoutingPeer;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.Set;
import java.util.TreeSet;

/** Culvert and BIRD 2, which is the designated router of their LAN. */
@Lab(needs = "bird")
class BirdLabTest extends RoutingPeerLab {
  @Override
  int priority() {
    return 32;
  }

  @Override
  RoutingPeer startPeer(LabNetwork network, NetworkNamespace namespace) {
    return new Bird(network, namespace);
  }

  private static final class Bird implements RoutingPeer {
    private final LabNetwork network;
    private final NetworkNamespace namespace;
    private final Set<String> withdrawn = new TreeSet<>();
    private BirdPeer bird;

    Bird(LabNetwork network, NetworkNamespace namespace) {
      this.network = network;
      this.namespace = namespace;
      this.bird = BirdPeer.start(network, namespace, "bird", configuration());
    }

    @Override
    public String ospfNeighbors() {
      return bird.birdc("show ospf neighbors");
    }

    @Override
    public boolean hasExternalRoute(String prefix, int type, int metric) {
      // Behind the way to the router BIRD prints a type 2 metric.
      String expected = type == 1 ? "E1 (150/" + metric + ")" : "E2 (150/10/" + metric + ")";
      return bird.birdc("show route for " + prefix).contains(expected);
    }

    @Override
    public boolean isEstablished(String neighbor) {
      String name = neighbor.equals(CULVERT_LAN) ? "external" : "internal";
      return bird.birdc("show protocols " + name).contains("Established");
    }

    @Override
    public boolean isBfdUp(String neighbor) {
      return bird.birdc("show bfd sessions")
          .lines()
          .anyMatch(l -> l.startsWith(neighbor + " ") && l.contains(" Up "));
    }

    @Override
    public boolean hasBgpRoute(String prefix, long multiExitDiscriminator) {
      return bird.birdc("show route for " + prefix + " all")
          .contains("BGP.med: " + multiExitDiscriminator + "\n");
    }

    @Override
    public void announce(String prefix) {
      withdrawn.remove(prefix);
      bird.configure(configuration());
    }

    @Override
    public void withdraw(String prefix) {
      withdrawn.add(prefix);
      bird.configure(configuration());
    }

    @Override
    public void requestRefresh(String neighbor) {
      bird.birdc("reload in external");
    }

    @Override
    public void kill() {
      bird.process().kill();
    }

    @Override
    public void restart() {
      bird = BirdPeer.start(network, namespace, "bird", configuration());
    }

    @Override
    public String evidence() {
      return String.join(
          "\n",
          ospfNeighbors(),
          bird.birdc("show protocols"),
          bird.birdc("show bfd sessions"),
          bird.birdc("show route"),
          bird.log());
    }

    private String configuration() {
      return """
      router id %1$s;
      debug protocols { states, events };
      protocol device { scan time 1; }
      protocol kernel {
        ipv4 { export where source != RTS_STATIC; import none; };
      }
      protocol static externals { ipv4; %2$s %3$s }
      protocol static announced { ipv4; %4$s %5$s %6$s }
      protocol bfd {
        interface "eth0", "tun7" { interval 300 ms; multiplier 5; };
      }
      protocol ospf v2 {
        ipv4 {
          import all;
          export filter {
            if net = 10.61.0.0/16 then { ospf_metric1 = 20; accept; }
            if net = 10.62.0.0/16 then { ospf_metric2 = 20; accept; }
            reject;
          };
        };
        area 0 {
          interface "eth0" {
            type broadcast; cost 10; hello 1; dead 5; priority 64; bfd on;
            authentication cryptographic;
            password "%7$s" { id 7; algorithm keyed md5; };
          };
          interface "tun7" {
            type ptp; cost 20; hello 1; dead 40; bfd on;
            authentication cryptographic;
            password "%8$s" { id 9; algorithm keyed md5; };
          };
          interface "lo" { stub; };
        };
      }
      protocol bgp external {
        local %9$s as %10$d;
        neighbor %11$s as %12$d;
        password "%13$s";
        ipv4 { import all; export where proto = "announced"; };
        hold time 90; connect retry time 2; error wait time 1, 2; connect delay time 1;
        bfd on;
      }
      protocol bgp internal {
        local %1$s as %10$d;
        neighbor %14$s as %10$d;
        password "%13$s";
        ipv4 { import all; next hop self; export where proto = "announced"; };
        connect retry time 2; error wait time 1, 2; connect delay time 1;
      }
      """
          .formatted(
              PEER_LOOPBACK,
              route("10.61.0.0/16"),
              route("10.62.0.0/16"),
              route("10.63.0.0/24"),
              route("10.64.0.0/24"),
              route("10.65.0.0/24"),
              LAN_KEY,
              TUN_KEY,
              PEER_LAN,
              PEER_AS,
              CULVERT_LAN,
              CULVERT_AS,
              BGP_KEY,
              CULVERT_LOOPBACK);
    }

    private String route(String prefix) {
      return withdrawn.contains(prefix) ? "" : "route " + prefix + " blackhole;";
    }
  }
}
