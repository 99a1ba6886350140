package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * {@code conf/autovpn-hub.conf} and spokes of {@code conf/autovpn-spoke.conf}, of which the hub has
 * never heard.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.2 spoke1 -- host1
 *                            +-- 192.0.2.3 spoke2 -- host2
 *                            +-- 192.0.2.4 spoke3 -- host3      LANs 10.N.0.0/24
 * </pre>
 */
@Lab(needs = "ping")
class AutoVpnLabTest {
  private static final int SITES = 4;

  private final LabNetwork network = LabNetwork.create();
  private final List<NetworkNamespace> hosts = new ArrayList<>();
  private final List<NetworkNamespace> sites = new ArrayList<>();

  @Test
  void aSpokeThatTheHubHasNeverHeardOfComesUpAndReachesAll() throws Exception {
    try (network) {
      wire();
      CulvertProcess hub = launch(0, TwoRouters.shipped("autovpn-hub"));
      hub.awaitReady();
      launch(1, spoke(1)).awaitReady();
      launch(2, spoke(2)).awaitReady();
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2 ");
      allReachEachOther(3);

      CulvertProcess third = launch(3, spoke(3));
      third.awaitReady();
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 3 ");
      assertThat(hub.cli("show security ike active-peer"))
          .contains("spoke-1.example.net", "spoke-2.example.net", "spoke-3.example.net");
      assertThat(hub.cli("show route protocol ari-ts"))
          .contains("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24");
      allReachEachOther(SITES);

      third.stop();
      hub.awaitCli(SOON, "show security ipsec security-associations", "Total active tunnels: 2 ");
      Await.until(SOON, "its route to go", () -> !sites.get(0).hasRoute("10.3.0.0/24"));
      allReachEachOther(3);
    }
  }

  private void allReachEachOther(int count) {
    for (int from = 0; from < count; from++) {
      for (int to = 0; to < count; to++) {
        NetworkNamespace host = hosts.get(from);
        String destination = "10." + to + ".0.2";
        if (from != to) {
          Await.until(SOON, host + " to " + destination, () -> Ping.answers(host, destination));
        }
      }
    }
  }

  private void wire() {
    NetworkNamespace wan = network.namespace("wan");
    String[] ports = new String[SITES];
    for (int site = 0; site < SITES; site++) {
      NetworkNamespace host = network.namespace("host" + site);
      NetworkNamespace router = network.namespace("site" + site);
      ports[site] = "port" + site;
      network.wire(host, "eth0", router, "eth1");
      network.wire(router, "eth0", wan, ports[site]);
      host.address("eth0", "10." + site + ".0.2/24").route("default", "via", "10." + site + ".0.1");
      hosts.add(host);
      sites.add(router);
    }
    wan.bridge("wan", ports);
  }

  private CulvertProcess launch(int site, String configuration) {
    return CulvertProcess.launch(network, sites.get(site), "router" + site, configuration);
  }

  private static String spoke(int number) {
    return TwoRouters.shipped("autovpn-spoke")
        .replace("spoke-1", "spoke-" + number)
        .replace("192.0.2.2/24", "192.0.2." + (number + 1) + "/24")
        .replace("10.1.0.", "10." + number + ".0.");
  }
}
