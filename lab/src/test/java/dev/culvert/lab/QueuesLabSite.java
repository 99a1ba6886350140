package dev.culvert.lab;

import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;

/**
 * Two gateways with two forwarding queues each, and hosts that make many flows.
 *
 * <pre>
 *   hostA 10.1.0.11 .. 10.1.0.26 -- left 192.0.2.1 == 192.0.2.2 right -- 10.2.0.2 hostB
 * </pre>
 */
final class QueuesLabSite implements AutoCloseable {
  static final String HOST_B = "10.2.0.2";

  /** Each from an address of its own: whatever the hash, both queues get some. */
  static final int FLOWS = 16;

  static final int PINGS = 10;

  private static final int FIRST_FLOW = 11;
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final String SECRET = "queues-lab-key";

  final LabNetwork network = LabNetwork.create();
  final NetworkNamespace hostA = network.namespace("hostA");
  final NetworkNamespace left = network.namespace("left");
  final NetworkNamespace right = network.namespace("right");
  final NetworkNamespace hostB = network.namespace("hostB");

  QueuesLabSite() {
    network.wire(hostA, "eth0", left, "eth1");
    network.wire(left, "eth0", right, "eth0");
    network.wire(right, "eth1", hostB, "eth0");
    hostA.address("eth0", "10.1.0.2/24").route("default", "via", "10.1.0.1");
    for (int flow = 0; flow < FLOWS; flow++) {
      hostA.address("eth0", source(flow) + "/24");
    }
    hostB.address("eth0", HOST_B + "/24").route("default", "via", "10.2.0.1");
    left.forwarding();
    right.forwarding();
  }

  private static String source(int flow) {
    return "10.1.0." + (FIRST_FLOW + flow);
  }

  /** How many pings of all flows were answered. */
  int pingFlows() {
    int answered = 0;
    for (int flow = 0; flow < FLOWS; flow++) {
      answered += Ping.run(hostA, source(flow), HOST_B, PINGS, INTERVAL).received();
    }
    return answered;
  }

  CulvertProcess launchLeft(boolean udpEncapsulated) {
    return CulvertProcess.launch(
        network,
        left,
        "left",
        culvert("192.0.2.1", "192.0.2.2", "10.1.0.1", "10.2.0.0/24", udpEncapsulated));
  }

  CulvertProcess launchRight(boolean udpEncapsulated) {
    return CulvertProcess.launch(
        network,
        right,
        "right",
        culvert("192.0.2.2", "192.0.2.1", "10.2.0.1", "10.1.0.0/24", udpEncapsulated));
  }

  private static String culvert(
      String wan, String peer, String lan, String far, boolean udpEncapsulated) {
    return """
    interfaces {
      eth0 { unit 0 { family inet { address %1$s/30; } } }
      eth1 { unit 0 { family inet { address %3$s/24; } } }
      st0 { unit 0 { family inet; } }
    }
    routing-options { static { route %4$s next-hop st0.0; } }
    security {
      ike {
        proposal lab {
          authentication-method pre-shared-keys;
          dh-group group31;
          encryption-algorithm aes-128-gcm;
          prf hmac-sha2-256;
        }
        policy lab { proposals lab; pre-shared-key ascii-text "%6$s"; }
        gateway peer {
          ike-policy lab;
          address %2$s;
          external-interface eth0.0;
          version v2-only;
          %5$s
        }
      }
      ipsec {
        queues 2;
        proposal lab { protocol esp; encryption-algorithm aes-128-gcm; }
        policy lab { proposals lab; }
        vpn tunnel {
          bind-interface st0.0;
          ike { gateway peer; ipsec-policy lab; }
          establish-tunnels immediately;
        }
      }
    }
    """
        .formatted(
            wan,
            peer,
            lan,
            far,
            udpEncapsulated ? "force-udp-encapsulation;" : "no-nat-traversal;",
            SECRET);
  }

  StrongswanPeer startSwan() {
    right.address("eth0", "192.0.2.2/30").address("eth1", "10.2.0.1/24");
    StrongswanPeer swan =
        StrongswanPeer.start(
            network, right, "swan", SwanConnection.between("192.0.2.2", "192.0.2.1", SECRET));
    right.route("10.1.0.0/24", "dev", StrongswanPeer.TUNNEL_DEVICE);
    return swan;
  }

  @Override
  public void close() {
    network.close();
  }
}
