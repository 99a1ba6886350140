package dev.culvert.lab;

import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;

/**
 * One router with three hosts around it, each on a wire of its own.
 *
 * <pre>
 *   lan 10.1.0.10 -- .1 eth0 [trust]   router   eth1 [untrust] .1 -- 192.0.2.10 wan
 *                                 eth2 [in no zone] .1 -- 10.3.0.10 dark
 * </pre>
 */
final class FirewallLabSite implements AutoCloseable {
  static final String LAN_HOST = "10.1.0.10";
  static final String WAN_HOST = "192.0.2.10";
  static final String DARK_HOST = "10.3.0.10";

  final LabNetwork network = LabNetwork.create();
  final NetworkNamespace machine = network.namespace("router");
  final NetworkNamespace lan = network.namespace("lan");
  final NetworkNamespace wan = network.namespace("wan");
  final NetworkNamespace dark = network.namespace("dark");
  final CulvertProcess router;

  /**
   * @param policies statements of {@code security policies}
   */
  FirewallLabSite(String policies) {
    network.wire(machine, "eth0", lan, "eth0");
    network.wire(machine, "eth1", wan, "eth0");
    network.wire(machine, "eth2", dark, "eth0");
    lan.address("eth0", LAN_HOST + "/24").route("default", "via", "10.1.0.1");
    wan.address("eth0", WAN_HOST + "/24").route("default", "via", "192.0.2.1");
    dark.address("eth0", DARK_HOST + "/24").route("default", "via", "10.3.0.1");
    router = CulvertProcess.start(network, machine, "router", configuration(policies));
  }

  static String configuration(String policies) {
    return """
    system { host-name router; }
    interfaces {
        eth0 { unit 0 { family inet { address 10.1.0.1/24; } } }
        eth1 { unit 0 { family inet { address 192.0.2.1/24; } } }
        eth2 { unit 0 { family inet { address 10.3.0.1/24; } } }
    }
    applications {
        application echo { protocol udp; destination-port 7; }
        application stream { protocol tcp; destination-port 7008; }
    }
    security {
        zones {
            security-zone trust {
                interfaces {
                    eth0.0 { host-inbound-traffic { system-services { ping; } } }
                }
            }
            security-zone untrust { interfaces { eth1.0; } }
        }
        policies { %s }
    }
    """
        .formatted(policies);
  }

  /** A policy from trust to untrust, whatever the addresses. */
  static String outward(String name, String application, String action) {
    return """
    from-zone trust to-zone untrust {
        policy %s {
            match { source-address any; destination-address any; application %s; }
            then { %s; }
        }
    }
    """
        .formatted(name, application, action);
  }

  /** Our table as the kernel has it; empty if there is none. */
  String table() {
    var listed = machine.attempt("nft", "list", "table", "inet", "culvert");
    return listed.succeeded() ? listed.output() : "";
  }

  @Override
  public void close() {
    network.close();
  }
}
