package dev.culvert.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.firewall.path.Session;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a commit makes of sessions, decided as the daemon decides it:
 *
 * <pre>
 *   lan 10.1.0.10 -- eth1 [trust]  r1  eth2 [dmz] -- server 10.2.0.10
 * </pre>
 */
class SessionReviewSimulationTest {
  private static final Ipv4Address SERVER = Ipv4Address.of("10.2.0.10");
  private static final Duration ANSWER_TIME = Duration.ofSeconds(2);

  private static final String PERMIT = policy("out", "any", "permit");
  private static final String ZONES =
      """
      zones {
          security-zone trust { interfaces { eth1.0; } }
          security-zone dmz { interfaces { eth2.0; } }
      }
      """;

  private final SimulatedNetwork network = new SimulatedNetwork(11);
  private final SimulatedRouter router =
      network.router("r1", configuration(ZONES + policies(PERMIT)));
  private SimulatedHost lan;

  @BeforeEach
  void bringUp() {
    lan = host("lan", "eth1", "10.1.0.10/24", "10.1.0.1");
    host("server", "eth2", "10.2.0.10/24", "10.2.0.1");
    router.start();
    network.run(Duration.ofSeconds(5));
  }

  @Test
  void aSessionGoesOnUnderACommitThatLeavesItAloneAndEndsWithItsPolicy() {
    assertThat(answered()).isTrue();
    Session session = session();

    commit(ZONES + policies(PERMIT + policy("more", "any", "deny")));
    assertThat(session()).isSameAs(session);

    commit(ZONES + policies(policy("other", "any", "permit")));
    assertThat(router.kernel().sessions()).isEmpty();
    assertThat(answered()).isTrue();
  }

  @Test
  void aDenyBeforeThePermitEndsTheSessionWhereEverySessionIsMatchedAgain() {
    String extensive = "policy-rematch extensive; ";
    commit(ZONES + policies(extensive + PERMIT));
    assertThat(answered()).isTrue();

    commit(ZONES + policies(extensive + policy("no-probes", "junos-udp-any", "deny") + PERMIT));
    assertThat(router.kernel().sessions()).isEmpty();
    assertThat(answered()).isFalse();

    commit(ZONES + policies(extensive + PERMIT));
    assertThat(answered()).isTrue();
    int before = session().policy();
    commit(ZONES + policies(extensive + policy("other", "any", "permit")));
    assertThat(session().policy()).isNotEqualTo(before);
  }

  @Test
  void theSessionsOfAnInterfaceThatLeavesItsZoneEnd() {
    assertThat(answered()).isTrue();

    commit((ZONES + policies(PERMIT)).replace("interfaces { eth2.0; }", ""));

    assertThat(router.kernel().sessions()).isEmpty();
    assertThat(answered()).isFalse();
  }

  private void commit(String security) {
    router.commit(configuration(security));
    network.run(Duration.ofMillis(10));
  }

  private boolean answered() {
    SimulatedHost.Probe probe = lan.probe(SERVER);
    network.run(ANSWER_TIME);
    return probe.answered();
  }

  private Session session() {
    List<Session> sessions = router.kernel().sessions();
    assertThat(sessions).isNotEmpty();
    return sessions.getLast();
  }

  // --- The scene ---------------------------------------------------------------------------------

  private SimulatedHost host(String name, String device, String address, String gateway) {
    Medium wire = network.medium(name + "-wire", LinkConditions.LAN);
    network.plug(router, device, wire);
    SimulatedHost host = network.host(name);
    network.plug(host, "eth0", wire);
    return host.address("eth0", address).route("0.0.0.0/0", "eth0", gateway);
  }

  private static String policies(String text) {
    return "policies { " + text + " }";
  }

  private static String policy(String name, String application, String action) {
    return """
    from-zone trust to-zone dmz {
        policy %s {
            match { source-address any; destination-address any; application %s; }
            then { %s; }
        }
    }
    """
        .formatted(name, application, action);
  }

  private static RouterConfig configuration(String security) {
    return MeshTopology.read(
        """
        system { host-name r1; }
        interfaces {
            eth1 { unit 0 { family inet { address 10.1.0.1/24; } } }
            eth2 { unit 0 { family inet { address 10.2.0.1/24; } } }
        }
        security { %s }
        """
            .formatted(security));
  }
}
