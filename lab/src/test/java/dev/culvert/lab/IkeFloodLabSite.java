package dev.culvert.lab;

import dev.culvert.lab.harness.IkeFlooder;
import dev.culvert.lab.harness.StrongswanPeer;
import dev.culvert.lab.harness.SwanConnection;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.HostCommand;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Two gateways with a tunnel, a third that comes from an address nobody knows before, and a
 * stranger on the same network. The hub knows its branch by address, as well as a number of others
 * that never call, and takes the third by its identity, so a stranger may be any of them; whatever
 * it answers to spoofed addresses goes the stranger's way and ends there.
 *
 * <pre>
 *   hostA 10.1.0.2 -- hub 192.0.2.1 --+-- 192.0.2.2 branch -- 10.2.0.2 hostB
 *                                     +-- 192.0.2.3 swan
 *                                     +-- 192.0.2.66 stranger
 * </pre>
 */
final class IkeFloodLabSite implements AutoCloseable {
  static final String HOST_B = "10.2.0.2";
  private static final String HUB_WAN = "192.0.2.1";
  private static final String BRANCH_WAN = "192.0.2.2";
  private static final String SWAN_WAN = "192.0.2.3";
  private static final String STRANGER = "192.0.2.66";
  private static final String SECRET = "flood-lab-key";
  private static final int SILENT_GATEWAYS = 40;
  private static final String DYNAMIC_GATEWAY =
      """
      gateway roaming {
        ike-policy lab;
        dynamic hostname swan.lab.test;
        external-interface eth0.0;
        local-identity hostname hub.lab.test;
      }
      """;

  final LabNetwork network = LabNetwork.create();
  final NetworkNamespace hostA = network.namespace("hostA");
  final NetworkNamespace hub = network.namespace("hub");
  final NetworkNamespace branch = network.namespace("branch");
  final NetworkNamespace hostB = network.namespace("hostB");
  final NetworkNamespace swanNamespace = network.namespace("swan");
  final NetworkNamespace stranger = network.namespace("stranger");
  private int floods;

  IkeFloodLabSite() {
    NetworkNamespace internet = network.namespace("internet");
    network.wire(hub, "eth0", internet, "hub");
    network.wire(branch, "eth0", internet, "branch");
    network.wire(swanNamespace, "eth0", internet, "swan");
    network.wire(stranger, "eth0", internet, "stranger");
    internet.bridge("segment", "hub", "branch", "swan", "stranger");
    network.wire(hostA, "eth0", hub, "eth1");
    network.wire(branch, "eth1", hostB, "eth0");
    hostA.address("eth0", "10.1.0.2/24").route("default", "via", "10.1.0.1");
    hostB.address("eth0", HOST_B + "/24").route("default", "via", "10.2.0.1");
    swanNamespace.address("eth0", SWAN_WAN + "/24");
    stranger.address("eth0", STRANGER + "/24");
    hub.forwarding();
    branch.forwarding();
  }

  /** With what the launcher gives the JVM: what it makes of the memory counts. */
  private static List<String> program() {
    Path launcher =
        Stream.of("bin", "../bin")
            .map(folder -> Path.of(folder, "lib", "launch.sh"))
            .filter(Files::exists)
            .findFirst()
            .orElseThrow(() -> new LabException("cannot find bin/lib/launch.sh"));
    List<String> options =
        HostCommand.run(
                "bash",
                "-c",
                "CULVERT_HOME=/ && . \"$1\" && printf '%s\\n' \"${DAEMON_FLAGS[@]}\"",
                "bash",
                launcher.toString())
            .lines()
            .toList();
    Stream<String> program =
        CulvertProcess.ownProgram().stream()
            .flatMap(word -> word.equals("-XX:+UseSerialGC") ? options.stream() : Stream.of(word))
            .filter(word -> !word.startsWith("-Xmx"));
    return Stream.concat(Stream.of("env", "MALLOC_ARENA_MAX=2"), program).toList();
  }

  CulvertProcess launchHub() {
    StringBuilder gateways = new StringBuilder(DYNAMIC_GATEWAY);
    StringBuilder vpns = new StringBuilder(vpn(1, "roaming", "responder-only"));
    StringBuilder units = new StringBuilder("unit 1;");
    for (int unit = 2; unit < 2 + SILENT_GATEWAYS; unit++) {
      gateways.append(gateway("silent" + unit, "192.0.2." + (100 + unit)));
      vpns.append(vpn(unit, "silent" + unit, "responder-only"));
      units.append("unit ").append(unit).append(";");
    }
    return CulvertProcess.launch(
        network,
        hub,
        "hub",
        culvert(
            HUB_WAN,
            BRANCH_WAN,
            "10.1.0.1",
            "10.2.0.0/24",
            gateways.toString(),
            vpns.toString(),
            units.toString()),
        program());
  }

  CulvertProcess launchBranch() {
    return CulvertProcess.launch(
        network,
        branch,
        "branch",
        culvert(BRANCH_WAN, HUB_WAN, "10.2.0.1", "10.1.0.0/24", "", "", ""));
  }

  /** Both ask often whether the other is alive: what delays IKE shows. */
  private static String culvert(
      String wan,
      String peer,
      String lan,
      String far,
      String furtherGateways,
      String furtherVpns,
      String furtherUnits) {
    return """
    system { services { metrics { listen 127.0.0.1:9177; } } }
    interfaces {
      eth0 { unit 0 { family inet { address %1$s/24; } } }
      eth1 { unit 0 { family inet { address %3$s/24; } } }
      st0 { unit 0 { family inet; } %8$s }
    }
    routing-options {
      static {
        route %4$s next-hop st0.0;
        route 0.0.0.0/0 next-hop 192.0.2.66;
      }
    }
    security {
      ike {
        proposal lab {
          authentication-method pre-shared-keys;
          dh-group group19;
          encryption-algorithm aes-128-gcm;
          prf hmac-sha2-256;
        }
        policy lab { proposals lab; pre-shared-key ascii-text "%5$s"; }
        %2$s
        %6$s
      }
      ipsec {
        proposal lab { protocol esp; encryption-algorithm aes-128-gcm; }
        policy lab { proposals lab; }
        %7$s
      }
    }
    """
        .formatted(
            wan,
            gateway("peer", peer),
            lan,
            far,
            SECRET,
            furtherGateways,
            vpn(0, "peer", "immediately") + furtherVpns,
            furtherUnits);
  }

  private static String gateway(String name, String address) {
    return """
    gateway %s {
      ike-policy lab;
      address %s;
      external-interface eth0.0;
      dead-peer-detection { always-send; interval 2; threshold 3; }
    }
    """
        .formatted(name, address);
  }

  private static String vpn(int unit, String gateway, String establish) {
    return """
    vpn %2$s {
      bind-interface st0.%1$d;
      ike { gateway %2$s; ipsec-policy lab; }
      establish-tunnels %3$s;
    }
    """
        .formatted(unit, gateway, establish);
  }

  /** A peer that has not been there before; it calls when it is told to. */
  StrongswanPeer startSwan() {
    return StrongswanPeer.start(
        network,
        swanNamespace,
        "swan",
        SwanConnection.between(SWAN_WAN, HUB_WAN, SECRET)
            .withIdentities("swan.lab.test", "hub.lab.test")
            .withProposals("aes128gcm16-prfsha256-ecp256", "aes128gcm16"));
  }

  /** In the hub's place, with the same algorithms and its peer. */
  StrongswanPeer startSwanAsHub() {
    hub.address("eth0", HUB_WAN + "/24").route("default", "via", STRANGER);
    return StrongswanPeer.start(
        network,
        hub,
        "charon",
        SwanConnection.between(HUB_WAN, BRANCH_WAN, SECRET)
            .withProposals("aes128gcm16-prfsha256-ecp256", "aes128gcm16"));
  }

  IkeFlooder flood(int perSecond, Duration atMost) {
    floods++;
    return IkeFlooder.start(
        network, stranger, "flooder-" + floods, HUB_WAN, BRANCH_WAN, perSecond, atMost);
  }

  @Override
  public void close() {
    network.close();
  }
}
