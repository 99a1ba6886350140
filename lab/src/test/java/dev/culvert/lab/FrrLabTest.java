package dev.culvert.lab;

import dev.culvert.lab.harness.FrrPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.RoutingPeer;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.List;

/** Culvert and FRR; Culvert is the designated router of their LAN. */
@Lab(needs = FrrPeer.PROGRAM)
class FrrLabTest extends RoutingPeerLab {
  @Override
  int priority() {
    return 128;
  }

  @Override
  RoutingPeer startPeer(LabNetwork network, NetworkNamespace namespace) {
    return new Frr(network, namespace);
  }

  private static final class Frr implements RoutingPeer {
    private static final String CONFIGURATION =
        """
        ip route 10.61.0.0/16 blackhole
        ip route 10.62.0.0/16 blackhole
        ip route 10.63.0.0/24 blackhole
        ip route 10.64.0.0/24 blackhole
        ip route 10.65.0.0/24 blackhole
        ip prefix-list one permit 10.61.0.0/16
        ip prefix-list two permit 10.62.0.0/16
        ip prefix-list announced permit 10.63.0.0/24
        ip prefix-list announced permit 10.64.0.0/24
        ip prefix-list announced permit 10.65.0.0/24
        route-map externals permit 10
         match ip address prefix-list one
         set metric 20
         set metric-type type-1
        route-map externals permit 20
         match ip address prefix-list two
         set metric 20
         set metric-type type-2
        route-map announced permit 10
         match ip address prefix-list announced
        bfd
         profile lab
          detect-multiplier 5
          receive-interval 300
          transmit-interval 300
        interface eth0
         ip ospf cost 10
         ip ospf priority 64
         ip ospf hello-interval 1
         ip ospf dead-interval 5
         ip ospf authentication message-digest
         ip ospf message-digest-key 7 md5 %1$s
         ip ospf bfd
         ip ospf bfd profile lab
        interface tun7
         ip ospf network point-to-point
         ip ospf cost 20
         ip ospf hello-interval 1
         ip ospf dead-interval 40
         ip ospf authentication message-digest
         ip ospf message-digest-key 9 md5 %2$s
         ip ospf bfd
         ip ospf bfd profile lab
        router ospf
         ospf router-id %3$s
         network 10.9.0.0/24 area 0
         network 10.9.7.0/30 area 0
         network %3$s/32 area 0
         timers throttle spf 0 50 200
         redistribute static route-map externals
        router bgp %4$d
         bgp router-id %3$s
         no bgp ebgp-requires-policy
         neighbor %5$s remote-as %6$d
         neighbor %5$s password %7$s
         neighbor %5$s timers 30 90
         neighbor %5$s timers connect 2
         neighbor %5$s bfd
         neighbor %5$s bfd profile lab
         neighbor %8$s remote-as %4$d
         neighbor %8$s password %7$s
         neighbor %8$s update-source %3$s
         neighbor %8$s timers connect 2
         address-family ipv4 unicast
          redistribute static route-map announced
          neighbor %8$s next-hop-self
        """
            .formatted(
                LAN_KEY,
                TUN_KEY,
                PEER_LOOPBACK,
                PEER_AS,
                CULVERT_LAN,
                CULVERT_AS,
                BGP_KEY,
                CULVERT_LOOPBACK);

    private final LabNetwork network;
    private final NetworkNamespace namespace;
    private FrrPeer frr;

    Frr(LabNetwork network, NetworkNamespace namespace) {
      this.network = network;
      this.namespace = namespace;
      this.frr = start();
    }

    private FrrPeer start() {
      return FrrPeer.start(
          network, namespace, "frr", List.of("bfdd", "ospfd", "bgpd"), CONFIGURATION);
    }

    @Override
    public String ospfNeighbors() {
      return frr.vtysh("show ip ospf neighbor");
    }

    @Override
    public boolean hasExternalRoute(String prefix, int type, int metric) {
      // Before a type 2 metric FRR prints the way to the router.
      String metrics = type == 1 ? "[" + metric + "]" : "[10/" + metric + "]";
      return frr.vtysh("show ip ospf route")
          .lines()
          .map(l -> l.replaceAll(" +", " "))
          .anyMatch(l -> l.startsWith("N E" + type + " " + prefix + " " + metrics));
    }

    @Override
    public boolean isEstablished(String neighbor) {
      return frr.vtysh("show bgp neighbors " + neighbor).contains("BGP state = Established");
    }

    @Override
    public boolean isBfdUp(String neighbor) {
      return frr.vtysh("show bfd peers brief")
          .lines()
          .anyMatch(l -> l.contains(neighbor + " ") && l.contains(" up"));
    }

    @Override
    public boolean hasBgpRoute(String prefix, long multiExitDiscriminator) {
      return frr.vtysh("show bgp ipv4 unicast " + prefix)
          .contains("metric " + multiExitDiscriminator + ",");
    }

    @Override
    public void announce(String prefix) {
      frr.vtysh("configure terminal", "ip route " + prefix + " blackhole");
    }

    @Override
    public void withdraw(String prefix) {
      frr.vtysh("configure terminal", "no ip route " + prefix + " blackhole");
    }

    @Override
    public void requestRefresh(String neighbor) {
      frr.vtysh("clear bgp ipv4 unicast " + neighbor + " soft in");
    }

    @Override
    public void kill() {
      frr.kill();
    }

    @Override
    public void restart() {
      frr = start();
    }

    @Override
    public String evidence() {
      return String.join(
          "\n",
          ospfNeighbors(),
          frr.vtysh("show ip ospf route"),
          frr.vtysh("show bgp summary"),
          frr.vtysh("show bfd peers brief"),
          frr.log());
    }
  }
}
