package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A hub that knows no spoke beforehand, and eight of them: six Culverts with OSPF over one
 * multipoint unit, and two strongSwans, one behind a NAT, that say by traffic selectors what is
 * behind them; the hub tells the others by OSPF. A ninth comes later.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.N+1 spokeN -- hostN          N = 1 to 6, 9
 *                            +-- 192.0.2.8 strongSwan -- host7
 *                            +-- 192.0.2.9 nat 192.168.8.1 -- .2 strongSwan -- host8
 * </pre>
 */
@Lab(needs = {StrongswanPeer.PROGRAM, "swanctl", "nft", "ping"})
@Tag("long")
@Timeout(value = 900, unit = TimeUnit.SECONDS)
class EightSpokesLabTest {
  private static final int CULVERTS = 6;
  private static final int SWAN = 7;
  private static final int SWAN_BEHIND_NAT = 8;
  private static final int NINTH = 9;

  /** What the hub has for spokes that speak no routing protocol. */
  private static final String GUESTS =
      """
      interfaces { st0 { unit 1 { family inet; } } }
      security {
          ike {
              gateway guests {
                  ike-policy spokes;
                  dynamic {
                      hostname example.org;
                      ike-user-type group-ike-id;
                      connections-limit 10;
                  }
                  dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
                  local-identity hostname hub.example.net;
                  external-interface eth0.0;
                  version v2-only;
                  force-udp-encapsulation;
              }
          }
          ipsec {
              vpn guests {
                  bind-interface st0.1;
                  ike { gateway guests; ipsec-policy spokes; }
                  traffic-selector lan { local-ip 10.0.0.0/8; remote-ip 10.0.0.0/8; }
                  establish-tunnels responder-only;
              }
          }
          zones { security-zone vpn { interfaces { st0.1; } } }
      }
      protocols { ospf { export guests; } }
      policy-options { policy-statement guests { from protocol ari-ts; then accept; } }
      """;

  @Test
  void allPairsReachEachOtherAndAgainAfterTheHubHasDiedAndReturned() throws Exception {
    try (StarLabSite star = new StarLabSite(NINTH + 1)) {
      CulvertProcess hub =
          star.launch(0, StarLabSite.byOspf(TwoRouters.shipped("hub-and-spoke-hub")) + GUESTS);
      hub.awaitReady();
      for (int site = 1; site <= CULVERTS; site++) {
        spoke(star, site);
      }
      strongswan(star, SWAN, star.sites.get(SWAN).address("eth0", "192.0.2.8/24"));
      strongswan(star, SWAN_BEHIND_NAT, behindNat(star, SWAN_BEHIND_NAT));
      star.awaitAllReachEachOther(NINTH, hub);
      assertThat(hub.cli("show ospf neighbor | match Full | count")).contains("Count: 6 lines");
      assertThat(hub.cli("show route protocol ari-ts")).contains("10.7.0.0/24", "10.8.0.0/24");

      spoke(star, NINTH);
      star.awaitAllReachEachOther(NINTH + 1, hub);

      hub.kill();
      hub.restart();
      star.awaitAllReachEachOther(NINTH + 1, hub);
      hub.awaitCli(SOON, "show ospf neighbor | match Full | count", "Count: 7 lines");
    }
  }

  private static void spoke(StarLabSite star, int site) {
    star.launch(site, StarLabSite.byOspf(StarLabSite.spoke("hub-and-spoke-spoke", site)));
  }

  /** The site's way out moves to a router in front of it that hides it. */
  private static NetworkNamespace behindNat(StarLabSite star, int site) {
    NetworkNamespace inside = star.sites.get(site);
    NetworkNamespace nat = star.network.namespace("nat");
    inside.ip("link", "set", "eth0", "netns", nat.name());
    nat.up("eth0").address("eth0", "192.0.2.9/24");
    star.network.wire(inside, "eth0", nat, "inside");
    nat.address("inside", "192.168.8.1/24").forwarding();
    nat.run("nft", "add table ip nat");
    nat.run("nft", "add chain ip nat out { type nat hook postrouting priority 100 ; }");
    nat.run("nft", "add rule ip nat out oifname eth0 masquerade");
    return inside.address("eth0", "192.168.8.2/24").route("default", "via", "192.168.8.1");
  }

  private static void strongswan(StarLabSite star, int site, NetworkNamespace namespace) {
    namespace.address("eth1", "10." + site + ".0.1/24").forwarding();
    StrongswanPeer.start(
        star.network,
        namespace,
        "swan" + site,
        """
        connections {
          vpn {
            version = 2
            remote_addrs = 192.0.2.1
            proposals = aes256gcm16-prfsha256-ecp256
            encap = yes
            dpd_delay = 3s
            keyingtries = 0
            local { auth = psk
                    id = spoke-%1$d.example.org }
            remote { auth = psk
                     id = hub.example.net }
            children {
              lan { local_ts = 10.%1$d.0.0/24
                    remote_ts = 10.0.0.0/8
                    esp_proposals = aes256gcm16-ecp256
                    start_action = start
                    dpd_action = restart
                    close_action = start }
            }
          }
        }
        secrets {
          ike-1 { secret = "change-me-before-use" }
        }
        """
            .formatted(site),
        "retransmit_tries = 3\nretransmit_timeout = 1.0");
    namespace.route("10.0.0.0/8", "dev", StrongswanPeer.TUNNEL_DEVICE);
    Await.until(
        SOON,
        "the tunnel of spoke " + site,
        () -> star.sites.get(0).hasRoute("10." + site + ".0.0/24"));
  }
}
