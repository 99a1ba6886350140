package dev.culvert.lab;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A Culvert and a strongSwan with one network between them and a LAN with a host behind each.
 *
 * <pre>
 *   hostA 10.1.0.2 -- 10.1.0.1 culvert 192.0.2.1 -- 192.0.2.2 swan 10.2.0.1 -- 10.2.0.2 hostB
 *                              st0.0 10.0.0.1    ..   ipsec0 10.0.0.2
 * </pre>
 */
final class StrongswanLabSite implements AutoCloseable {
  static final String HOST_A = "10.1.0.2";
  static final String HOST_B = "10.2.0.2";
  static final String LAN_A = "10.1.0.0/24";
  static final String LAN_B = "10.2.0.0/24";
  static final String CULVERT_WAN = "192.0.2.1";
  static final String SWAN_WAN = "192.0.2.2";
  static final Duration SOON = Duration.ofSeconds(60);

  /** The secret of a tunnel that works; no output of the router may show it. */
  static final String SECRET = "quite-secret-lab-key";

  /** How the same protection is written in both configurations. */
  record Suite(
      String ikeStatements,
      String espStatements,
      String group,
      String swanIkeProposal,
      String swanEspProposal) {
    static final Suite GCM_256_GROUP_20 =
        new Suite(
            "encryption-algorithm aes-256-gcm; prf hmac-sha2-384;",
            "encryption-algorithm aes-256-gcm;",
            "group20",
            "aes256gcm16-prfsha384-ecp384",
            "aes256gcm16-ecp384");
    static final Suite GCM_256_GROUP_19 =
        new Suite(
            "encryption-algorithm aes-256-gcm; prf hmac-sha2-256;",
            "encryption-algorithm aes-256-gcm;",
            "group19",
            "aes256gcm16-prfsha256-ecp256",
            "aes256gcm16-ecp256");
    static final Suite GCM_128_GROUP_31 =
        new Suite(
            "encryption-algorithm aes-128-gcm; prf hmac-sha2-256;",
            "encryption-algorithm aes-128-gcm;",
            "group31",
            "aes128gcm16-prfsha256-curve25519",
            "aes128gcm16-curve25519");
    static final Suite CHACHA20_GROUP_31 =
        new Suite(
            "encryption-algorithm aes-256-gcm; prf hmac-sha2-256;",
            "encryption-algorithm chacha20-poly1305;",
            "group31",
            "aes256gcm16-prfsha256-curve25519",
            "chacha20poly1305-curve25519");
    static final Suite CBC_256_GROUP_14 =
        new Suite(
            "encryption-algorithm aes-256-cbc; authentication-algorithm sha-256;",
            "encryption-algorithm aes-256-cbc; authentication-algorithm hmac-sha-256-128;",
            "group14",
            "aes256-sha256-modp2048",
            "aes256-sha256-modp2048");

    /** Culvert's, under the name of the group. */
    private String ikeProposal() {
      return """
      proposal %1$s {
        authentication-method pre-shared-keys;
        dh-group %1$s;
        %2$s
      }\
      """
          .formatted(group, ikeStatements);
    }

    @Override
    public String toString() {
      return swanIkeProposal;
    }
  }

  final LabNetwork network = LabNetwork.create();
  final NetworkNamespace hostA = network.namespace("hostA");
  final NetworkNamespace culvertNamespace = network.namespace("culvert");
  final NetworkNamespace swanNamespace = network.namespace("swan");
  final NetworkNamespace hostB = network.namespace("hostB");

  StrongswanLabSite() {
    network.wire(hostA, "eth0", culvertNamespace, "eth1");
    network.wire(culvertNamespace, "eth0", swanNamespace, "eth0");
    network.wire(swanNamespace, "eth1", hostB, "eth0");
    hostA.address("eth0", HOST_A + "/24").route("default", "via", "10.1.0.1");
    hostB.address("eth0", HOST_B + "/24").route("default", "via", "10.2.0.1");
    culvertNamespace.forwarding();
    swanNamespace.address("eth0", SWAN_WAN + "/24").address("eth1", "10.2.0.1/24").forwarding();
  }

  StrongswanPeer startSwan(SwanConnection connection) {
    return startSwan(connection, "");
  }

  StrongswanPeer startSwan(SwanConnection connection, String options) {
    return StrongswanPeer.start(network, swanNamespace, "swan", connection, options);
  }

  /** Sends what is for Culvert's LAN into the tunnel, as no routing protocol does it. */
  void routeSwanStatically() {
    swanNamespace.route(LAN_A, "dev", StrongswanPeer.TUNNEL_DEVICE);
  }

  CulvertProcess startCulvert(String configuration) {
    return CulvertProcess.start(network, culvertNamespace, "culvert", configuration);
  }

  /** A Culvert with static routes into the tunnel; {@code establish} as in the configuration. */
  static String culvert(Suite suite, String establish) {
    return culvert(List.of(suite), establish);
  }

  /**
   * The same with the IKE proposals of all those suites, the best first, and the ESP of the last.
   */
  static String culvert(List<Suite> suites, String establish) {
    return culvert(suites, establish, SECRET, "swan.lab.test", STATIC_ROUTE);
  }

  static final String STATIC_ROUTE =
      "routing-options { static { route 10.2.0.0/24 next-hop st0.0; } }";

  static String culvert(
      Suite suite, String establish, String secret, String remoteIdentity, String routing) {
    return culvert(List.of(suite), establish, secret, remoteIdentity, routing);
  }

  private static String culvert(
      List<Suite> suites, String establish, String secret, String remoteIdentity, String routing) {
    Suite last = suites.getLast();
    return """
    system {
      host-name culvert;
      services { metrics { listen 127.0.0.1:9177; } }
    }
    interfaces {
      eth0 { unit 0 { family inet { address 192.0.2.1/24; } } }
      eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
      st0 { unit 0 { family inet { address 10.0.0.1/30; } } }
    }
    %7$s
    security {
      ike {
        %1$s
        policy lab { proposals [ %8$s ]; pre-shared-key ascii-text "%5$s"; }
        gateway swan {
          ike-policy lab;
          address 192.0.2.2;
          external-interface eth0.0;
          version v2-only;
          local-identity hostname culvert.lab.test;
          remote-identity hostname %6$s;
          force-udp-encapsulation;
          dead-peer-detection { probe-idle-tunnel; interval 10; threshold 3; }
        }
      }
      ipsec {
        proposal lab { protocol esp; %2$s }
        policy lab { perfect-forward-secrecy { keys %3$s; } proposals lab; }
        vpn to-swan {
          bind-interface st0.0;
          ike { gateway swan; ipsec-policy lab; }
          establish-tunnels %4$s;
        }
      }
    }
    """
        .formatted(
            suites.stream().map(Suite::ikeProposal).collect(Collectors.joining("\n")),
            last.espStatements(),
            last.group(),
            establish,
            secret,
            remoteIdentity,
            routing,
            suites.stream().map(Suite::group).collect(Collectors.joining(" ")));
  }

  static SwanConnection swan(Suite suite) {
    return swan(suite, SECRET, "culvert.lab.test");
  }

  static SwanConnection swan(Suite suite, String secret, String remoteIdentity) {
    return SwanConnection.between(SWAN_WAN, CULVERT_WAN, secret)
        .withIdentities("swan.lab.test", remoteIdentity)
        .withProposals(suite.swanIkeProposal(), suite.swanEspProposal())
        .withLines("dpd_delay = 10s");
  }

  /** The page as a scraper in the router's namespace gets it. */
  String metrics() {
    String get =
        "exec 3<>/dev/tcp/127.0.0.1/9177"
            + " && printf 'GET /metrics HTTP/1.1\\r\\nHost: culvert\\r\\nConnection: close\\r\\n\\r\\n' >&3"
            + " && cat <&3";
    return culvertNamespace.run("bash", "-c", get);
  }

  /** What a command prints; a failure of the control socket fails the lab. */
  static String cli(CulvertProcess culvert, String line) {
    try {
      return culvert.cli(line);
    } catch (ControlException e) {
      throw new LabException(line, e);
    }
  }

  /** Waits until Culvert has the tunnel up. */
  static void awaitUp(CulvertProcess culvert) {
    culvert.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 1 ");
  }

  @Override
  public void close() {
    network.close();
  }
}
