package dev.culvert.testbed.demo;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.testbed.LinkConditions;
import dev.culvert.testbed.Medium;
import dev.culvert.testbed.MeshTopology;
import dev.culvert.testbed.SimulatedHost;
import dev.culvert.testbed.SimulatedNetwork;
import dev.culvert.testbed.SimulatedRouter;

/**
 * The scene of the shipped configurations: branch and hub, a provider's router on each of the two
 * connections between them, and a host on the first LAN of each.
 */
final class TwoConnections {
  private static final Ipv4Address HUB_HOST = Ipv4Address.of("10.2.0.9");

  private final SimulatedNetwork network;
  private final SimulatedRouter branch;
  private final SimulatedRouter hub;
  private final SimulatedHost branchHost;
  private final Medium primary;

  TwoConnections(long seed, String branchText, String hubText) {
    network = new SimulatedNetwork(seed);
    branch = network.router("branch", MeshTopology.read(branchText));
    hub = network.router("hub", MeshTopology.read(hubText));
    primary = connection("a", "eth0", "192.0.2.1/30", "198.51.100.1/30");
    connection("b", "eth1", "192.0.2.5/30", "203.0.113.1/30");
    branchHost = host(branch, "10.1.0.9/24", "10.1.0.1");
    host(hub, "10.2.0.9/24", "10.2.0.1");
    network.plug(branch, "eth3", network.medium("branch-second", LinkConditions.LAN));
    network.plug(hub, "eth3", network.medium("hub-second", LinkConditions.LAN));
  }

  /** The branch's side of it is what gets cut. */
  private Medium connection(String name, String device, String toBranch, String toHub) {
    SimulatedHost provider = network.host("provider-" + name);
    Medium near = network.medium(name + "-branch", LinkConditions.INTERNET);
    Medium far = network.medium(name + "-hub", LinkConditions.LAN);
    network.plug(branch, device, near);
    network.plug(provider, "eth0", near);
    network.plug(hub, device, far);
    network.plug(provider, "eth1", far);
    provider.address("eth0", toBranch).address("eth1", toHub);
    return near;
  }

  private SimulatedHost host(SimulatedRouter router, String address, String gateway) {
    SimulatedHost host = network.host("host-" + router);
    Medium lan = network.medium("lan-" + router, LinkConditions.LAN);
    network.plug(router, "eth2", lan);
    network.plug(host, "eth0", lan);
    return host.address("eth0", address).route("0.0.0.0/0", "eth0", gateway);
  }

  void start() {
    branch.start();
    hub.start();
  }

  SimulatedNetwork network() {
    return network;
  }

  SimulatedRouter branch() {
    return branch;
  }

  SimulatedRouter hub() {
    return hub;
  }

  /** From office to office. */
  SimulatedHost.Probe probe() {
    return branchHost.probe(HUB_HOST);
  }

  void cutPrimary() {
    primary.cut();
  }

  void heal() {
    primary.heal();
  }
}
