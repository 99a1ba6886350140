package dev.culvert.lab.harness;

import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.List;

/**
 * Hosts behind two gateways, and between those two routers of the Internet, whose link has the MTU
 * a test wants. Who has which address is the test's.
 *
 * <pre>
 *   hostA eth0 -- eth1 left eth0 -- eth0 nearLeft eth1 == eth1 nearRight eth0 -- eth0 right eth1 -- eth0 hostB
 * </pre>
 */
public final class NarrowPath {
  public final NetworkNamespace hostA;
  public final NetworkNamespace left;
  public final NetworkNamespace nearLeft;
  public final NetworkNamespace nearRight;
  public final NetworkNamespace right;
  public final NetworkNamespace hostB;

  public NarrowPath(LabNetwork network) {
    hostA = network.namespace("hostA");
    left = network.namespace("left");
    nearLeft = network.namespace("nearLeft");
    nearRight = network.namespace("nearRight");
    right = network.namespace("right");
    hostB = network.namespace("hostB");
    network.wire(hostA, "eth0", left, "eth1");
    network.wire(left, "eth0", nearLeft, "eth0");
    network.wire(nearLeft, "eth1", nearRight, "eth1");
    network.wire(nearRight, "eth0", right, "eth0");
    network.wire(right, "eth1", hostB, "eth0");
    List.of(left, nearLeft, nearRight, right).forEach(NetworkNamespace::forwarding);
  }

  /** From here on the link between the routers carries packets of that size. */
  public void mtu(int mtu) {
    nearLeft.ip("link", "set", "eth1", "mtu", Integer.toString(mtu));
    nearRight.ip("link", "set", "eth1", "mtu", Integer.toString(mtu));
  }

  /** From here on the routers do not say why they drop a packet. */
  public void keepSilent() {
    for (NetworkNamespace router : List.of(nearLeft, nearRight)) {
      router.run("nft", "add table inet hole");
      router.run("nft", "add chain inet hole out { type filter hook output priority 0 ; }");
      router.run("nft", "add rule inet hole out icmp type destination-unreachable drop");
      router.run("nft", "add rule inet hole out icmpv6 type packet-too-big drop");
    }
  }

  /** From here on the routers drop fragments of IP: all but the first of a packet. */
  public void loseFragments() {
    for (NetworkNamespace router : List.of(nearLeft, nearRight)) {
      router.run("nft", "add table ip fragments");
      router.run(
          "nft", "add chain ip fragments in { type filter hook prerouting priority -450 ; }");
      router.run("nft", "add rule ip fragments in ip frag-off & 8191 != 0 drop");
    }
  }
}
