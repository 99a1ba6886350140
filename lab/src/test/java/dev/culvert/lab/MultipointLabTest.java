package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A hub whose one unit has two spokes, of which one is bound to its address by configuration and
 * the other is found out.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1/24 --+-- 192.0.2.2 spoke1 -- host1
 *                               +-- 192.0.2.3 spoke2 -- host2      LANs 10.N.0.0/24
 * </pre>
 */
@Lab(needs = "ping")
class MultipointLabTest {
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final int PINGS = 20;
  private static final int SITES = 3;

  @Test
  void allPairsReachEachOtherThroughTheHubAndTheTableSaysWhoIsWhere() throws Exception {
    try (StarLabSite star = new StarLabSite(SITES)) {
      CulvertProcess hub = star.launch(0, hub());
      CulvertProcess first = star.launch(1, spoke(1));
      CulvertProcess second = star.launch(2, spoke(2));
      for (CulvertProcess router : List.of(hub, first, second)) {
        router.awaitReady();
      }
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2");

      // The hub knows the second spoke by what comes from its tunnel address.
      star.sites.get(2).run("ping", "-c", "1", "-W", "5", "-I", "10.255.0.3", "10.255.0.1");
      hub.awaitCli(SOON, "show security ipsec next-hop-tunnels", "10.255.0.3");
      assertThat(hub.cli("show security ipsec next-hop-tunnels"))
          .containsPattern("10\\.255\\.0\\.2 +st0\\.0 +to-1 +Static +192\\.0\\.2\\.2")
          .containsPattern("10\\.255\\.0\\.3 +st0\\.0 +to-2 +Auto +192\\.0\\.2\\.3");
      pingAllPairs(star);
      // What somebody takes away comes back; here by the look at everything that a commit makes.
      star.sites.get(0).ip("neigh", "del", "10.255.0.2", "dev", "st0.0");
      hub.reload(hub());
      Await.until(
          SOON,
          () ->
              star.sites.get(0).ip("neigh", "show", "dev", "st0.0").contains("10.255.0.2 lladdr"));
      pingAllPairs(star);
    }
  }

  private static void pingAllPairs(StarLabSite star) {
    for (int from = 0; from < SITES; from++) {
      for (int to = 0; to < SITES; to++) {
        if (from != to) {
          String source = StarLabSite.host(from);
          Ping.Result result =
              Ping.run(star.hosts.get(from), source, StarLabSite.host(to), PINGS, INTERVAL);
          assertThat(result.received()).as("host%d to host%d", from, to).isEqualTo(PINGS);
        }
      }
    }
  }

  private static String hub() {
    return site(
        0,
        """
        multipoint;
        family inet {
            address 10.255.0.1/24;
            next-hop-tunnel 10.255.0.2 ipsec-vpn to-1;
        }
        """,
        """
        route 10.1.0.0/24 next-hop 10.255.0.2;
        route 10.2.0.0/24 next-hop 10.255.0.3;
        """,
        1,
        2);
  }

  private static String spoke(int number) {
    return site(
        number,
        "family inet { address 10.255.0.%d/24; }".formatted(number + 1),
        """
        route 10.0.0.0/24 next-hop st0.0;
        route 10.%d.0.0/24 next-hop st0.0;
        """
            .formatted(number == 1 ? 2 : 1),
        0);
  }

  private static String site(int number, String unit, String routes, int... peers) {
    StringBuilder gateways = new StringBuilder();
    StringBuilder vpns = new StringBuilder();
    for (int peer : peers) {
      gateways.append(
          """
          gateway to-%1$d {
              ike-policy lab;
              address 192.0.2.%2$d;
              external-interface eth0.0;
              version v2-only;
              force-udp-encapsulation;
          }
          """
              .formatted(peer, peer + 1));
      vpns.append(
          """
          vpn to-%1$d {
              bind-interface st0.0;
              ike { gateway to-%1$d; ipsec-policy lab; }
              establish-tunnels %2$s;
          }
          """
              .formatted(peer, number == 0 ? "responder-only" : "immediately"));
    }
    return """
    interfaces {
        eth0 { unit 0 { family inet { address 192.0.2.%1$d/24; } } }
        eth1 { unit 0 { family inet { address 10.%2$d.0.1/24; } } }
        st0 { unit 0 { %3$s } }
    }
    routing-options { static { %4$s } }
    security {
        ike {
            proposal lab {
                authentication-method pre-shared-keys;
                dh-group group31;
                encryption-algorithm aes-128-gcm;
                prf hmac-sha2-256;
            }
            policy lab { proposals lab; pre-shared-key ascii-text "multipoint-lab-key"; }
            %5$s
        }
        ipsec {
            queues 2;
            proposal lab { protocol esp; encryption-algorithm aes-128-gcm; }
            policy lab { proposals lab; }
            %6$s
        }
    }
    """
        .formatted(number + 1, number, unit, routes, gateways, vpns);
  }
}
