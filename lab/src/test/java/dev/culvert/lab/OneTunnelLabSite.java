package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;

import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;

/**
 * Two sites with one Internet connection each and one tunnel between them: the addresses of {@code
 * conf/many-policies.conf}, {@code conf/internet-nat.conf} and {@code
 * conf/overlapping-subnets-a.conf}, whose LANs the hosts are given by each lab.
 *
 * <pre>
 *   left-host -- eth1 left eth0 .2 -- .1 internet .1 -- .2 eth0 right eth1 -- right-host
 *                          192.0.2.0/30        198.51.100.0/30
 * </pre>
 */
final class OneTunnelLabSite implements AutoCloseable {
  final LabNetwork network = LabNetwork.create();
  final NetworkNamespace leftHost = network.namespace("left-host");
  final NetworkNamespace left = network.namespace("left");
  final NetworkNamespace internet = network.namespace("internet");
  final NetworkNamespace right = network.namespace("right");
  final NetworkNamespace rightHost = network.namespace("right-host");

  OneTunnelLabSite() {
    network.wire(leftHost, "eth0", left, "eth1");
    network.wire(left, "eth0", internet, "to-left");
    network.wire(internet, "to-right", right, "eth0");
    network.wire(right, "eth1", rightHost, "eth0");
    internet.address("to-left", "192.0.2.1/30").address("to-right", "198.51.100.1/30").forwarding();
  }

  /** The routers, with their tunnel up and OSPF over it. */
  record Routers(CulvertProcess left, CulvertProcess right) {}

  Routers start(String leftConfiguration, String rightConfiguration) {
    Routers routers = connect(leftConfiguration, rightConfiguration);
    for (CulvertProcess router : new CulvertProcess[] {routers.left(), routers.right()}) {
      router.awaitCli(SOON, "show ospf neighbor | match Full | count", "Count: 1 lines");
    }
    return routers;
  }

  /** As {@link #start}, where OSPF does not run. */
  Routers connect(String leftConfiguration, String rightConfiguration) {
    CulvertProcess one = CulvertProcess.launch(network, left, "left-router", leftConfiguration);
    CulvertProcess two = CulvertProcess.launch(network, right, "right-router", rightConfiguration);
    one.awaitReady();
    two.awaitReady();
    for (CulvertProcess router : new CulvertProcess[] {one, two}) {
      router.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 1");
    }
    return new Routers(one, two);
  }

  /**
   * The hub of the branches: 10.2.0.0/24 behind eth1, without zones. It waits to be called: two
   * that call each other at once may begin with a pair each.
   */
  static String hub() {
    return """
    system { host-name hub; }
    interfaces {
        eth0 { unit 0 { family inet { address 198.51.100.2/30; } } }
        eth1 { unit 0 { family inet { address 10.2.0.1/24; } } }
        st0 { unit 0 { family inet { address 10.0.0.2/30; } } }
    }
    routing-options {
        router-id 10.0.0.2;
        static { route 192.0.2.2/32 next-hop 198.51.100.1; }
    }
    security {
        ike {
            proposal strong {
                authentication-method pre-shared-keys;
                dh-group group19;
                encryption-algorithm aes-256-gcm;
            }
            policy branch { proposals strong; pre-shared-key ascii-text "change-me-before-use"; }
            gateway branch {
                ike-policy branch;
                address 192.0.2.2;
                external-interface eth0.0;
                version v2-only;
                local-identity hostname hub.example.net;
                remote-identity hostname branch.example.net;
            }
        }
        ipsec {
            queues 1;
            proposal strong { protocol esp; encryption-algorithm aes-256-gcm; }
            policy branch { perfect-forward-secrecy { keys group19; } proposals strong; }
            vpn to-branch {
                bind-interface st0.0;
                ike { gateway branch; ipsec-policy branch; }
                establish-tunnels responder-only;
            }
        }
    }
    protocols {
        ospf {
            area 0.0.0.0 {
                interface st0.0;
                interface eth1.0 { passive; }
            }
        }
    }
    """;
  }

  @Override
  public void close() {
    network.close();
  }
}
