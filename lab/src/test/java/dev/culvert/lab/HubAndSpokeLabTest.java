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
 * {@code conf/hub-and-spoke-hub.conf} and spokes of {@code conf/hub-and-spoke-spoke.conf}: routes
 * by RIP over one multipoint unit, and policies between spokes, which the hub has never heard of.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.2 spoke1 -- host1
 *                            +-- 192.0.2.3 spoke2 -- host2
 *                            +-- 192.0.2.4 spoke3 -- host3      LANs 10.N.0.0/24
 * </pre>
 */
@Lab(needs = "ping")
class HubAndSpokeLabTest {
  private static final int SITES = 4;

  private final LabNetwork network = LabNetwork.create();
  private final List<NetworkNamespace> hosts = new ArrayList<>();
  private final List<NetworkNamespace> sites = new ArrayList<>();

  @Test
  void allSpokesReachEachOtherAlsoAfterTheHubHasDiedAndReturned() throws Exception {
    try (network) {
      wire();
      CulvertProcess hub = launch(0, TwoRouters.shipped("hub-and-spoke-hub"));
      for (int site = 1; site < SITES; site++) {
        launch(site, spoke(site));
      }
      hub.awaitReady();
      allReachEachOther(hub);
      assertThat(hub.cli("show security ipsec next-hop-tunnels"))
          .contains("10.255.0.2", "10.255.0.3", "10.255.0.4");
      assertThat(hub.cli("show route protocol rip"))
          .contains("10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24");

      hub.kill();
      hub.restart();
      allReachEachOther(hub);

      hub.reload(
          TwoRouters.shipped("hub-and-spoke-hub")
              .replaceFirst("(?s)(policy spoke-to-spoke .*?then \\{\\s*)permit;", "$1deny;"));
      Await.until(SOON, "the policy", () -> !Ping.answers(hosts.get(1), "10.2.0.2"), hub::log);
      assertThat(Ping.answers(hosts.get(1), "10.0.0.2")).as("the hub's LAN").isTrue();
    }
  }

  private void allReachEachOther(CulvertProcess hub) {
    for (int from = 0; from < SITES; from++) {
      for (int to = 0; to < SITES; to++) {
        NetworkNamespace host = hosts.get(from);
        String destination = "10." + to + ".0.2";
        if (from != to) {
          Await.until(
              SOON, host + " to " + destination, () -> Ping.answers(host, destination), hub::log);
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
    return TwoRouters.shipped("hub-and-spoke-spoke")
        .replace("spoke-1", "spoke-" + number)
        .replace("192.0.2.2/24", "192.0.2." + (number + 1) + "/24")
        .replace("10.255.0.2/24", "10.255.0." + (number + 1) + "/24")
        .replace("10.1.0.", "10." + number + ".0.");
  }
}
