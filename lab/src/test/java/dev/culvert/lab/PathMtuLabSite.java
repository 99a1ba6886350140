package dev.culvert.lab;

import dev.culvert.lab.harness.NarrowPath;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;

/**
 * Two gateways with two routers of the Internet between them, whose link has the MTU a test wants.
 *
 * <pre>
 *   hostA -- left 192.0.2.1 -- nearLeft == nearRight -- 198.51.100.1 right -- hostB
 *            LAN 10.1.0.0/24, st0.0 10.0.0.1   ..   10.0.0.2, LAN 10.2.0.0/24
 * </pre>
 */
final class PathMtuLabSite implements AutoCloseable {
  static final String LEFT_WAN = "192.0.2.1";
  static final String RIGHT_WAN = "198.51.100.1";
  static final String HOST_A = "10.1.0.2";
  static final String HOST_B = "10.2.0.2";
  static final String LAN_A = "10.1.0.0/24";
  static final String LAN_B = "10.2.0.0/24";
  private static final String SECRET = "path-mtu-lab-key";

  final LabNetwork network = LabNetwork.create();
  private final NarrowPath path = new NarrowPath(network);
  final NetworkNamespace hostA = path.hostA;
  final NetworkNamespace left = path.left;
  final NetworkNamespace nearLeft = path.nearLeft;
  final NetworkNamespace nearRight = path.nearRight;
  final NetworkNamespace right = path.right;
  final NetworkNamespace hostB = path.hostB;

  PathMtuLabSite() {
    hostA.address("eth0", HOST_A + "/24").route("default", "via", "10.1.0.1");
    hostB.address("eth0", HOST_B + "/24").route("default", "via", "10.2.0.1");
    nearLeft
        .address("eth0", "192.0.2.2/30")
        .address("eth1", "203.0.113.1/30")
        .route("198.51.100.0/30", "via", "203.0.113.2");
    nearRight
        .address("eth0", "198.51.100.2/30")
        .address("eth1", "203.0.113.2/30")
        .route("192.0.2.0/30", "via", "203.0.113.1");
  }

  /** From here on the link between the routers carries packets of that size. */
  void pathMtu(int mtu) {
    path.mtu(mtu);
  }

  /** The routers no longer say why they drop a packet. */
  void keepSilent() {
    path.keepSilent();
  }

  /** From here on the routers drop fragments of IP. */
  void loseFragments() {
    path.loseFragments();
  }

  CulvertProcess launchLeft(String peer) {
    return CulvertProcess.launch(
        network,
        left,
        "left",
        culvert(LEFT_WAN, "192.0.2.2", "198.51.100.0/30", RIGHT_WAN, "10.1.0.1", "10.0.0.1", peer));
  }

  CulvertProcess launchRight() {
    return CulvertProcess.launch(
        network,
        right,
        "right",
        culvert(
            RIGHT_WAN,
            "198.51.100.2",
            "192.0.2.0/30",
            LEFT_WAN,
            "10.2.0.1",
            "10.0.0.2",
            OSPF.formatted("10.0.0.2")));
  }

  static final String OSPF =
      """
      routing-options { router-id %s; }
      protocols {
        ospf {
          area 0.0.0.0 {
            interface st0.0 { hello-interval 2; dead-interval 8; }
            interface eth1.0 { passive; }
          }
        }
      }
      """;

  static final String STATIC_ROUTE =
      "routing-options { static { route 10.2.0.0/24 next-hop st0.0; } }";

  private static String culvert(
      String wan,
      String nextHop,
      String far,
      String peer,
      String lan,
      String tunnel,
      String routing) {
    return """
    system { services { metrics { listen 127.0.0.1:9177; } } }
    interfaces {
      eth0 { unit 0 { family inet { address %1$s/30; } } }
      eth1 { unit 0 { family inet { address %5$s/24; } } }
      st0 { unit 0 { family inet { address %6$s/30; } } }
    }
    routing-options { static { route %3$s next-hop %2$s; } }
    %7$s
    security {
      ike {
        proposal lab {
          authentication-method pre-shared-keys;
          dh-group group31;
          encryption-algorithm aes-128-gcm;
          prf hmac-sha2-256;
        }
        policy lab { proposals lab; pre-shared-key ascii-text "%8$s"; }
        gateway peer {
          ike-policy lab;
          address %4$s;
          external-interface eth0.0;
          version v2-only;
          force-udp-encapsulation;
          dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
        }
      }
      ipsec {
        proposal lab { protocol esp; encryption-algorithm aes-128-gcm; }
        policy lab { proposals lab; }
        vpn tunnel {
          bind-interface st0.0;
          df-bit set;
          ike { gateway peer; ipsec-policy lab; }
          establish-tunnels immediately;
        }
      }
    }
    """
        .formatted(wan, nextHop, far, peer, lan, tunnel, routing, SECRET);
  }

  StrongswanPeer startSwan() {
    right.address("eth0", RIGHT_WAN + "/30").address("eth1", "10.2.0.1/24");
    right.route("192.0.2.0/30", "via", "198.51.100.2");
    StrongswanPeer swan =
        StrongswanPeer.start(
            network, right, "swan", SwanConnection.between(RIGHT_WAN, LEFT_WAN, SECRET));
    right.route(LAN_A, "dev", StrongswanPeer.TUNNEL_DEVICE);
    return swan;
  }

  @Override
  public void close() {
    network.close();
  }
}
