package dev.culvert.lab.demo;

import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.List;

/**
 * A branch and a hub with a host behind each, and two Internet paths between them that share
 * nothing. The addresses are those of {@code conf/branch.conf} and {@code conf/hub.conf}.
 *
 * <pre>
 *                      .1 net-a .1
 *   branch-host -- branch ==      == hub -- hub-host
 *     10.1.0.10        .5 net-b .1          10.2.0.10
 *     10.1.1.10 (second LAN)                10.2.1.10
 * </pre>
 */
public final class TwoSites {
  /** The host behind the hub, reached by OSPF. */
  public static final String HUB_HOST = "10.2.0.10";

  /** The same on the second LAN, reached by BGP. */
  public static final String HUB_HOST_SECOND_LAN = "10.2.1.10";

  private static final String FORWARD = "net/ipv4/ip_forward";

  private final LabNetwork network;
  private final NetworkNamespace branch;
  private final NetworkNamespace hub;
  private final NetworkNamespace pathA;
  private final NetworkNamespace pathB;
  private final NetworkNamespace branchHost;
  private final NetworkNamespace hubHost;

  private TwoSites(LabNetwork network) {
    this.network = network;
    branchHost = network.namespace("branch-host");
    branch = network.namespace("branch");
    pathA = network.namespace("net-a");
    pathB = network.namespace("net-b");
    hub = network.namespace("hub");
    hubHost = network.namespace("hub-host");
  }

  /** Makes hosts, paths and wires; the routers themselves get their addresses from culvertd. */
  public static TwoSites build(LabNetwork network) {
    TwoSites sites = new TwoSites(network);
    sites.layWires();
    sites.addPath(sites.pathA, "192.0.2.1/30", "198.51.100.1/30");
    sites.addPath(sites.pathB, "192.0.2.5/30", "203.0.113.1/30");
    sites.addHost(sites.branchHost, "10.1.0", "10.1.1");
    sites.addHost(sites.hubHost, "10.2.0", "10.2.1");
    return sites;
  }

  private void layWires() {
    network.wire(branch, "eth0", pathA, "to-branch");
    network.wire(branch, "eth1", pathB, "to-branch");
    network.wire(branch, "eth2", branchHost, "eth0");
    network.wire(branch, "eth3", branchHost, "eth1");
    network.wire(hub, "eth0", pathA, "to-hub");
    network.wire(hub, "eth1", pathB, "to-hub");
    network.wire(hub, "eth2", hubHost, "eth0");
    network.wire(hub, "eth3", hubHost, "eth1");
  }

  private void addPath(NetworkNamespace path, String branchSide, String hubSide) {
    path.address("to-branch", branchSide).address("to-hub", hubSide).forwarding();
  }

  private void addHost(NetworkNamespace host, String lan, String secondLan) {
    host.address("eth0", lan + ".10/24").address("eth1", secondLan + ".10/24");
    host.kernelSetting("net/ipv4/conf/all/rp_filter", "0");
    host.route("default", "via", lan + ".1");
  }

  /** Starts both routers side by side and waits until each has applied its configuration. */
  public Routers start(String branchConfiguration, String hubConfiguration, List<String> program) {
    CulvertProcess branchRouter =
        CulvertProcess.launch(network, branch, "branch", branchConfiguration, program);
    CulvertProcess hubRouter =
        CulvertProcess.launch(network, hub, "hub", hubConfiguration, program);
    branchRouter.awaitReady();
    hubRouter.awaitReady();
    return new Routers(branchRouter, hubRouter);
  }

  /** The same with the program of this process's class path. */
  public Routers start(String branchConfiguration, String hubConfiguration) {
    return start(branchConfiguration, hubConfiguration, CulvertProcess.ownProgram());
  }

  /** The two routers. */
  public record Routers(CulvertProcess branch, CulvertProcess hub) {
    public List<CulvertProcess> both() {
      return List.of(branch, hub);
    }
  }

  /** Path A swallows every packet; no link goes down and nobody is told. */
  public void cutPathA() {
    pathA.kernelSetting(FORWARD, "0");
  }

  public void healPathA() {
    pathA.kernelSetting(FORWARD, "1");
  }

  public NetworkNamespace branch() {
    return branch;
  }

  public NetworkNamespace hub() {
    return hub;
  }

  public NetworkNamespace pathA() {
    return pathA;
  }

  public NetworkNamespace pathB() {
    return pathB;
  }

  public NetworkNamespace branchHost() {
    return branchHost;
  }

  public NetworkNamespace hubHost() {
    return hubHost;
  }
}
