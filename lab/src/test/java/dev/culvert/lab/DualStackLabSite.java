package dev.culvert.lab;

import dev.culvert.lab.harness.NarrowPath;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.List;

/**
 * Hosts with IPv4 and IPv6 behind two gateways, and between those an Internet that has only one of
 * the two, with a link of the MTU a test wants.
 *
 * <pre>
 *   hostA -- left == nearLeft -- nearRight == right -- hostB
 *   10.1.0.2                                  10.2.0.2
 *   fd00:1::2                                 fd00:2::2
 * </pre>
 */
final class DualStackLabSite implements AutoCloseable {
  static final List<String> HOST_A = List.of("10.1.0.2", "fd00:1::2");
  static final List<String> HOST_B = List.of("10.2.0.2", "fd00:2::2");
  private static final String SECRET = "dual-stack-lab-key";

  /** The Internet's addresses. */
  enum Outer {
    INET("192.0.2.1", "192.0.2.2", "203.0.113.1", "203.0.113.2", "198.51.100.2", "198.51.100.1"),
    INET6(
        "2001:db8:1::1",
        "2001:db8:1::2",
        "2001:db8:f::1",
        "2001:db8:f::2",
        "2001:db8:2::2",
        "2001:db8:2::1");

    final String left;
    final String atLeft;
    final String nearLeft;
    final String nearRight;
    final String atRight;
    final String right;

    Outer(
        String left,
        String atLeft,
        String nearLeft,
        String nearRight,
        String atRight,
        String right) {
      this.left = left;
      this.atLeft = atLeft;
      this.nearLeft = nearLeft;
      this.nearRight = nearRight;
      this.atRight = atRight;
      this.right = right;
    }

    /** One of its addresses with the length of its network. */
    String onLink(String address) {
      return address + (this == INET ? "/30" : "/64");
    }

    String host(String address) {
      return address + (this == INET ? "/32" : "/128");
    }
  }

  final LabNetwork network = LabNetwork.create();
  private final NarrowPath path = new NarrowPath(network);
  final NetworkNamespace hostA = path.hostA;
  final NetworkNamespace left = path.left;
  final NetworkNamespace right = path.right;
  final NetworkNamespace hostB = path.hostB;
  private final NetworkNamespace nearLeft = path.nearLeft;
  private final NetworkNamespace nearRight = path.nearRight;
  private final Outer outer;
  private final boolean udpEncapsulated;

  DualStackLabSite(Outer outer, boolean udpEncapsulated) {
    this.outer = outer;
    this.udpEncapsulated = udpEncapsulated;
    host(hostA, HOST_A, "10.1.0.1", "fd00:1::1");
    host(hostB, HOST_B, "10.2.0.1", "fd00:2::1");
    nearLeft
        .address("eth0", outer.onLink(outer.atLeft))
        .address("eth1", outer.onLink(outer.nearLeft))
        .route(outer.host(outer.right), "via", outer.nearRight);
    nearRight
        .address("eth0", outer.onLink(outer.atRight))
        .address("eth1", outer.onLink(outer.nearRight))
        .route(outer.host(outer.left), "via", outer.nearLeft);
    nearLeft.run("nft", "add table inet seen");
    nearLeft.run("nft", "add chain inet seen forward { type filter hook forward priority 0 ; }");
    nearLeft.run("nft", "add rule inet seen forward meta l4proto esp counter");
  }

  private static void host(
      NetworkNamespace host, List<String> addresses, String inetGateway, String inet6Gateway) {
    host.address("eth0", addresses.getFirst() + "/24").route("default", "via", inetGateway);
    host.address("eth0", addresses.getLast() + "/64").route("default", "via", inet6Gateway);
  }

  /** From here on the link between the routers carries packets of that size. */
  void pathMtu(int mtu) {
    path.mtu(mtu);
  }

  /** The routers no longer say why they drop a packet. */
  void keepSilent() {
    path.keepSilent();
  }

  /** Whether ESP has passed that was not in UDP. */
  boolean hasSeenNativeEsp() {
    return !nearLeft.run("nft", "list", "chain", "inet", "seen", "forward").contains("packets 0 ");
  }

  CulvertProcess launchLeft() {
    return launch(left, "left", 1, outer.left, outer.atLeft, outer.right);
  }

  CulvertProcess launchRight() {
    return launch(right, "right", 2, outer.right, outer.atRight, outer.left);
  }

  private CulvertProcess launch(
      NetworkNamespace namespace, String name, int site, String wan, String nextHop, String peer) {
    boolean inet = outer == Outer.INET;
    String toPeer = "route %s next-hop %s;".formatted(outer.host(peer), nextHop);
    String configuration =
        """
        interfaces {
          eth0 { unit 0 { family %1$s { address %2$s; } } }
          eth1 { unit 0 { family inet { address 10.%3$d.0.1/24; } family inet6 { address fd00:%3$d::1/64; } } }
          st0 { unit 0 { family inet { address 10.0.0.%3$d/30; } family inet6 { address fd00::%3$d/64; } } }
        }
        routing-options {
          static { route 10.%4$d.0.0/24 next-hop st0.0; %5$s }
          rib inet6.0 { static { route fd00:%4$d::/64 next-hop st0.0; %6$s } }
        }
        security {
          ike {
            proposal lab {
              authentication-method pre-shared-keys;
              dh-group group31;
              encryption-algorithm aes-128-gcm;
              prf hmac-sha2-256;
            }
            policy lab { proposals lab; pre-shared-key ascii-text "%7$s"; }
            gateway peer {
              ike-policy lab;
              address %8$s;
              external-interface eth0.0;
              version v2-only;
              %9$s
              dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
            }
          }
          ipsec {
            queues 1;
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
            .formatted(
                inet ? "inet" : "inet6",
                outer.onLink(wan),
                site,
                3 - site,
                inet ? toPeer : "",
                inet ? "" : toPeer,
                SECRET,
                peer,
                udpEncapsulated ? "force-udp-encapsulation;" : "no-nat-traversal;");
    return CulvertProcess.launch(network, namespace, name, configuration);
  }

  /** In the place of the right router. */
  StrongswanPeer startSwan() {
    right
        .address("eth0", outer.onLink(outer.right))
        .address("eth1", "10.2.0.1/24")
        .address("eth1", "fd00:2::1/64")
        .route(outer.host(outer.left), "via", outer.atRight);
    StrongswanPeer swan =
        StrongswanPeer.start(
            network,
            right,
            "swan",
            SwanConnection.between(outer.right, outer.left, SECRET)
                .withSelectors("0.0.0.0/0, ::/0"));
    right
        .route("10.1.0.0/24", "dev", StrongswanPeer.TUNNEL_DEVICE)
        .route("fd00:1::/64", "dev", StrongswanPeer.TUNNEL_DEVICE);
    return swan;
  }

  @Override
  public void close() {
    network.close();
  }
}
