package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;

import dev.culvert.lab.demo.Star;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@link Star} for a lab. */
final class StarLabSite implements AutoCloseable {
  private static final Pattern TUNNEL_ADDRESS = Pattern.compile("address (10\\.255\\.0\\.\\d+)/24");

  final LabNetwork network = LabNetwork.create();
  final List<NetworkNamespace> hosts;
  final List<NetworkNamespace> sites;

  StarLabSite(int count) {
    Star star = Star.build(network, count);
    hosts = star.hosts();
    sites = star.sites();
  }

  /** The address of the host at that site. */
  static String host(int site) {
    return Star.host(site);
  }

  CulvertProcess launch(int site, String configuration) {
    return CulvertProcess.launch(network, sites.get(site), "router" + site, configuration);
  }

  /** A shipped configuration of spoke 1 as another spoke has it. */
  static String spoke(String shipped, int number) {
    return Star.spoke(TwoRouters.shipped(shipped), number);
  }

  /** A shipped configuration of hub or spoke with OSPF in the place of RIP. */
  static String byOspf(String configuration) {
    String ospf =
        """
            ospf {
                area 0.0.0.0 {
                    interface st0.0 { %s authentication { md5 1 { key "change-me-too"; } } }
                    interface eth1.0 { passive; }
                }
            }
        """
            .formatted(isHub(configuration) ? "interface-type p2mp; dynamic-neighbors;" : "");
    return by("ospf", ospf, configuration);
  }

  /**
   * With BGP in the place of RIP: the hub allows whoever comes through a tunnel and has the key.
   * Spokes are of one autonomous system, so that they take no routes of each other's: they have one
   * route to all.
   */
  static String byBgp(String configuration) {
    boolean isHub = isHub(configuration);
    String bgp =
        """
            bgp {
                group tunnels {
                    type external;
                    peer-as %d;
                    authentication-key "change-me-too";
                    export sites;
                    %s
                }
            }
        """
            .formatted(
                isHub ? 65001 : 65000, isHub ? "allow 10.255.0.0/24;" : "neighbor 10.255.0.1;");
    return by("bgp", bgp, configuration)
        + """
        routing-options { autonomous-system %d; %s }
        policy-options { policy-statement sites {
            term lan { from { protocol direct; interface eth1.0; } then accept; }
            term all { from protocol static; then accept; }
        } }
        """
            .formatted(isHub ? 65000 : 65001, isHub ? "static { route 10.0.0.0/9 discard; }" : "");
  }

  private static boolean isHub(String configuration) {
    return configuration.contains("multipoint;");
  }

  private static String by(String protocol, String statements, String configuration) {
    Matcher tunnel = TUNNEL_ADDRESS.matcher(configuration);
    if (!tunnel.find()) {
      throw new IllegalArgumentException("no address of 10.255.0.0/24");
    }
    return configuration
            .replaceFirst(
                "(?s)\n    rip \\{.*?\n    \\}\n", Matcher.quoteReplacement("\n" + statements))
            .replace(" rip;", " " + protocol + ";")
            .replace("from protocol " + protocol, "from protocol rip")
        + "routing-options { router-id "
        + tunnel.group(1)
        + "; }\n";
  }

  /** Waits until each of the first hosts reaches all others of them. */
  void awaitAllReachEachOther(int count, CulvertProcess hub) {
    for (int from = 0; from < count; from++) {
      for (int to = 0; to < count; to++) {
        NetworkNamespace host = hosts.get(from);
        String destination = host(to);
        if (from != to) {
          Await.until(
              SOON, host + " to " + destination, () -> Ping.answers(host, destination), hub::log);
        }
      }
    }
  }

  @Override
  public void close() {
    network.close();
  }
}
