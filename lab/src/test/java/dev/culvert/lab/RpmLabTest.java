package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.Test;

/**
 * A router with two ways out, the first of which is tested. Zones are in force, and none of them
 * lets echo replies of others in.
 */
@Lab(needs = "nft")
class RpmLabTest {
  private static final String STATUS = "show services ip-monitoring status";

  @Test
  void theRouteMovesWhileTheTestFails() throws Exception {
    try (LabNetwork network = LabNetwork.create()) {
      NetworkNamespace machine = network.namespace("router");
      NetworkNamespace first = network.namespace("first");
      NetworkNamespace second = network.namespace("second");
      network.wire(machine, "eth0", first, "eth0");
      network.wire(machine, "eth1", second, "eth0");
      first.address("eth0", "192.0.2.1/30").address("eth0", "2001:db8:1::1/64");
      second.address("eth0", "198.51.100.1/30");
      CulvertProcess router = CulvertProcess.start(network, machine, "router", CONFIGURATION);

      awaitDefault(machine, "192.0.2.1");
      router.awaitCli(SOON, STATUS, "Policy - second-way (Status: PASS)");
      router.awaitCli(SOON, "show services rpm probe-results", "Response received");
      // The first IPv6 request may come before the addresses are usable.
      Await.until(
          SOON,
          "both tests to pass",
          () ->
              router.cli("show services rpm probe-results").split("Test status: PASS").length == 3,
          router::log);
      assertThat(router.cli("show services rpm probe-results")).contains("Probe type: icmp6-ping");

      first.ip("addr", "flush", "dev", "eth0");
      awaitDefault(machine, "198.51.100.1");
      assertThat(router.cli(STATUS)).contains("(Status: FAIL)").contains("APPLIED");
      assertThat(router.cli("show route 0.0.0.0/0")).contains("*[Static/1]");

      first.address("eth0", "192.0.2.1/30");
      awaitDefault(machine, "192.0.2.1");
      router.awaitCli(SOON, STATUS, "(Status: PASS)");
    }
  }

  private static void awaitDefault(NetworkNamespace machine, String gateway) {
    Await.until(
        SOON,
        "the default route by " + gateway,
        () -> machine.ip("route", "show", "default").contains("via " + gateway + " "),
        () -> machine.ip("route"));
  }

  private static final String CONFIGURATION =
      """
      system { host-name router; }
      interfaces {
          eth0 {
              unit 0 {
                  family inet { address 192.0.2.2/30; }
                  family inet6 { address 2001:db8:1::2/64; }
              }
          }
          eth1 { unit 0 { family inet { address 198.51.100.2/30; } } }
      }
      routing-options { static { route 0.0.0.0/0 next-hop 192.0.2.1; } }
      security {
          zones { security-zone untrust { interfaces { eth0.0; eth1.0; } } }
      }
      services {
          rpm {
              probe first {
                  test inet {
                      target { address 192.0.2.1; }
                      probe-count 2;
                      probe-interval 1;
                      thresholds { successive-loss 2; total-loss 2; }
                      destination-interface eth0.0;
                  }
                  test inet6 {
                      probe-type icmp6-ping;
                      target { inet6-address 2001:db8:1::1; }
                      probe-interval 1;
                      data-size 512;
                      dscp-code-points 101110;
                      ttl 3;
                  }
              }
          }
          ip-monitoring {
              policy second-way {
                  match { rpm-probe first; }
                  then { preferred-route { route 0.0.0.0/0 { next-hop 198.51.100.1; } } }
              }
          }
      }
      """;
}
