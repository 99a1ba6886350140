package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What an operator sees of sessions, and of somebody who meddles with our table.
 *
 * <pre>
 *   client 10.1.0.2 ---- eth0 (trust) router eth1 (untrust) ---- 10.2.0.2 server
 * </pre>
 */
@Lab
class SessionLogLabTest {
  private static final String CONFIGURATION =
      """
      system { host-name router; }
      interfaces {
          eth0 { unit 0 { family inet { address 10.1.0.1/24; } } }
          eth1 { unit 0 { family inet { address 10.2.0.1/24; } } }
      }
      security {
          zones {
              security-zone trust { interfaces { eth0.0; } }
              security-zone untrust { interfaces { eth1.0; } }
          }
          policies {
              from-zone trust to-zone untrust {
                  policy ping {
                      match {
                          source-address any;
                          destination-address any;
                          application junos-icmp-ping;
                      }
                      then { permit; log { session-init; session-close; } }
                  }
                  policy rest {
                      match {
                          source-address any;
                          destination-address any;
                          application any;
                      }
                      then { deny; log { session-init; } }
                  }
              }
          }
      }
      """;

  private LabNetwork network;
  private NetworkNamespace machine;
  private NetworkNamespace client;
  private CulvertProcess router;

  @BeforeEach
  void start() {
    network = LabNetwork.create();
    machine = network.namespace("machine");
    client = network.namespace("client");
    NetworkNamespace server = network.namespace("server");
    network.wire(machine, "eth0", client, "eth0");
    network.wire(machine, "eth1", server, "eth0");
    client.address("eth0", "10.1.0.2/24").route("default", "via", "10.1.0.1");
    server.address("eth0", "10.2.0.2/24").route("default", "via", "10.2.0.1");
    router = CulvertProcess.start(network, machine, "router", CONFIGURATION);
  }

  @AfterEach
  void stop() {
    network.close();
  }

  @Test
  void sessionsAreLoggedShownAndCleared() throws Exception {
    Await.until(TwoRouters.SOON, "a ping", () -> Ping.answers(client, "10.2.0.2"), router::log);
    awaitLog("RT_FLOW_SESSION_CREATE source-address=10.1.0.2");
    assertThat(router.log())
        .contains("policy-name=ping source-zone-name=trust destination-zone-name=untrust");

    assertThat(router.cli("show security flow session protocol icmp"))
        .contains("Policy name: ping/", "If: eth0.0", "If: eth1.0", "10.1.0.2/")
        .doesNotContain("Total sessions: 0");
    assertThat(router.cli("show security flow session destination-prefix 10.9.0.0/16"))
        .contains("Total sessions: 0");
    assertThat(router.cli("clear security flow session protocol icmp"))
        .contains("active sessions cleared");
    awaitLog("RT_FLOW_SESSION_CLOSE reason=\"idle Timeout\" source-address=10.1.0.2");

    client.attempt("bash", "-c", "timeout 1 bash -c 'echo x > /dev/tcp/10.2.0.2/80'");
    awaitLog("RT_FLOW_SESSION_DENY source-address=10.1.0.2");
    assertThat(router.log())
        .contains("destination-port=80 protocol-id=6 icmp-type=0 policy-name=rest")
        .contains("packet-incoming-interface=eth0.0");
  }

  @Test
  void aTableThatSomebodyDeletesIsBackAndItIsToldWho() {
    Await.until(TwoRouters.SOON, "a ping", () -> Ping.answers(client, "10.2.0.2"), router::log);
    machine.run("nft", "add", "table", "inet", "theirs");
    machine.run("nft", "delete", "table", "inet", "culvert");
    Await.until(
        TwoRouters.SOON,
        "the table",
        () -> machine.attempt("nft", "list", "table", "inet", "culvert").succeeded(),
        router::log);
    awaitLog("FIREWALL_TABLE_TOUCHED how=DELETED process=nft");
    assertThat(machine.attempt("nft", "list", "table", "inet", "theirs").succeeded()).isTrue();
  }

  private void awaitLog(String text) {
    Await.until(TwoRouters.SOON, text, () -> router.log().contains(text), router::log);
  }
}
