package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A machine whose only way out is a default route that a router advertisement gave it. */
@Lab(needs = {"bird"})
class RouterAdvertisementLabTest {
  private static final String PROVIDER =
      """
      router id 192.0.2.1;
      protocol device {}
      protocol radv {
        interface "eth0" {
          min ra interval 3;
          max ra interval 4;
          default lifetime 1800;
          prefix 2001:db8:1::/64 { skip yes; };
        };
      }
      """;
  private static final String FORWARDING = "net/ipv6/conf/all/forwarding";

  private LabNetwork network;
  private NetworkNamespace machine;

  @BeforeEach
  void start() {
    network = LabNetwork.create();
    machine = network.namespace("machine");
    NetworkNamespace provider = network.namespace("provider");
    provider.forwarding();
    network.wire(machine, "wan0", provider, "eth0");
    network.wire(machine, "eth0", network.namespace("lan"), "eth0");
    provider.address("eth0", "2001:db8:1::1/64");
    BirdPeer.start(network, provider, "provider", PROVIDER);
    Await.until(TwoRouters.SOON, "a default route", this::hasDefaultRoute, this::routes);
  }

  @AfterEach
  void stop() {
    network.close();
  }

  @Test
  void theDefaultRouteStaysWhenTheMachineBecomesARouter() {
    CulvertProcess router =
        CulvertProcess.start(
            network, machine, "router", configuration("family inet6 { address fd01::1/64; }"));
    Await.until(TwoRouters.SOON, "forwarding", () -> setting(FORWARDING).equals("1"), router::log);

    assertThat(hasDefaultRoute()).as(routes()).isTrue();
    assertThat(setting("net/ipv6/conf/wan0/accept_ra")).isEqualTo("2");
    assertThat(setting("net/ipv6/conf/eth0/accept_ra")).as("has addresses of ours").isEqualTo("1");

    // The next advertisement is heard as well.
    machine.ip("-6", "route", "delete", "default");
    Await.until(TwoRouters.SOON, "a default route again", this::hasDefaultRoute, this::routes);
  }

  @Test
  void aRouterOfIpv4LeavesIpv6AsItIs() {
    CulvertProcess router =
        CulvertProcess.start(
            network, machine, "router", configuration("family inet { address 10.1.0.1/24; }"));
    Await.until(
        TwoRouters.SOON,
        "forwarding of IPv4",
        () -> setting("net/ipv4/ip_forward").equals("1"),
        router::log);

    assertThat(setting(FORWARDING)).isEqualTo("0");
    assertThat(hasDefaultRoute()).as(routes()).isTrue();
  }

  private boolean hasDefaultRoute() {
    return routes().contains("proto ra");
  }

  private String routes() {
    return machine.ip("-6", "route", "show", "default");
  }

  private String setting(String file) {
    return machine.run("cat", "/proc/sys/" + file).strip();
  }

  private static String configuration(String family) {
    return "system { host-name router; } interfaces { eth0 { unit 0 { " + family + " } } }";
  }
}
