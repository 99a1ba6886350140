package dev.culvert.lab.bench.contender;

import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.LabProcess;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Two hosts and two gateways, each a network namespace, for one pair of gateways to be measured on.
 *
 * <pre>
 *   hostA 10.1.0.2 -- 10.1.0.1 gwA 10.0.0.1 == 10.0.0.2 gwB 10.2.0.1 -- 10.2.0.2 hostB
 *              eth0    eth1         eth0        eth0         eth1        eth0
 * </pre>
 *
 * <p>The host links carry 1400 octets and so do the tunnels, so that no tunnel has to fragment; the
 * link between the gateways carries 1500. Confined to one thread.
 */
public final class BenchPath implements AutoCloseable {
  public static final String HOST_A = "10.1.0.2";
  public static final String HOST_B = "10.2.0.2";
  public static final String GATEWAY_A = "10.0.0.1";
  public static final String GATEWAY_B = "10.0.0.2";
  public static final String LAN_A = "10.1.0.0/24";
  public static final String LAN_B = "10.2.0.0/24";
  public static final String WAN_DEVICE = "eth0";
  public static final String LAN_DEVICE = "eth1";
  public static final int INNER_MTU = 1400;

  /**
   * What Culvert's packet threads ask for. All gateways and load generators get it: none of them
   * may be pushed off the processors by another, and whatever else runs here disturbs all alike.
   */
  public static final int NICE = -20;

  private static final String HOST_DEVICE = "eth0";

  private final LabNetwork network;
  private final NetworkNamespace hostA;
  private final NetworkNamespace gatewayA;
  private final NetworkNamespace gatewayB;
  private final NetworkNamespace hostB;

  private BenchPath(LabNetwork network) {
    this.network = network;
    hostA = network.namespace("hostA");
    gatewayA = network.namespace("gwA");
    gatewayB = network.namespace("gwB");
    hostB = network.namespace("hostB");
  }

  /** Builds hosts, gateways and links; the gateways forward, and know no way to the other LAN. */
  public static BenchPath build(boolean offload) {
    LabNetwork network = LabNetwork.create();
    try {
      BenchPath path = new BenchPath(network);
      path.layLinks();
      if (!offload) {
        path.switchOffloadsOff();
      }
      return path;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private void layLinks() {
    network.wire(hostA, HOST_DEVICE, gatewayA, LAN_DEVICE);
    network.wire(hostB, HOST_DEVICE, gatewayB, LAN_DEVICE);
    network.wire(gatewayA, WAN_DEVICE, gatewayB, WAN_DEVICE);
    limit(hostA, HOST_DEVICE);
    limit(gatewayA, LAN_DEVICE);
    limit(hostB, HOST_DEVICE);
    limit(gatewayB, LAN_DEVICE);
    gatewayA.address(LAN_DEVICE, "10.1.0.1/24").address(WAN_DEVICE, GATEWAY_A + "/24").forwarding();
    gatewayB.address(LAN_DEVICE, "10.2.0.1/24").address(WAN_DEVICE, GATEWAY_B + "/24").forwarding();
    hostA.address(HOST_DEVICE, HOST_A + "/24").route("default", "via", "10.1.0.1");
    hostB.address(HOST_DEVICE, HOST_B + "/24").route("default", "via", "10.2.0.1");
  }

  private static void limit(NetworkNamespace machine, String device) {
    machine.ip("link", "set", device, "mtu", Integer.toString(INNER_MTU));
  }

  /** Makes every packet on the links travel alone and whole, until it is closed. */
  public Offloads.Off switchOffloadsOff() {
    return Offloads.switchOff(
        List.of(
            new Offloads.Link(hostA, HOST_DEVICE),
            new Offloads.Link(gatewayA, LAN_DEVICE),
            new Offloads.Link(gatewayA, WAN_DEVICE),
            new Offloads.Link(gatewayB, WAN_DEVICE),
            new Offloads.Link(gatewayB, LAN_DEVICE),
            new Offloads.Link(hostB, HOST_DEVICE)));
  }

  /** Sends the LANs' packets into a tunnel device on each gateway. */
  void routeThrough(String tunnelA, String tunnelB) {
    gatewayA.route(LAN_B, "dev", tunnelA);
    gatewayB.route(LAN_A, "dev", tunnelB);
  }

  /** Starts a program on one of the machines, at the common priority. */
  public LabProcess start(
      NetworkNamespace machine,
      String name,
      List<String> command,
      Map<String, String> environment) {
    return network.start(name, machine.inside(atCommonPriority(command)), environment);
  }

  /** The same command with the priority that all have. */
  static List<String> atCommonPriority(List<String> command) {
    List<String> whole = new ArrayList<>(List.of("nice", "-n", Integer.toString(NICE)));
    whole.addAll(command);
    return whole;
  }

  /** Whether host A reaches host B. */
  boolean isConnected() {
    return hostA.attempt("ping", "-n", "-c", "1", "-W", "1", HOST_B).succeeded();
  }

  public LabNetwork network() {
    return network;
  }

  public NetworkNamespace hostA() {
    return hostA;
  }

  public NetworkNamespace gatewayA() {
    return gatewayA;
  }

  public NetworkNamespace gatewayB() {
    return gatewayB;
  }

  public NetworkNamespace hostB() {
    return hostB;
  }

  @Override
  public void close() {
    network.close();
  }
}
