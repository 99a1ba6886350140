package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.net.IpAddress;
import dev.culvert.engine.config.RouterConfigReader;
import dev.culvert.firewall.application.ServiceMatch;
import dev.culvert.firewall.nft.CounterNames;
import dev.culvert.firewall.ruleset.Policy;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.tun.sys.NetworkNamespaceEntry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More than a hundred policies over one tunnel: {@code conf/many-policies.conf}. */
@Lab(needs = "nft")
class ManyPoliciesLabTest {
  private static final String CONFIGURATION = TwoRouters.shipped("many-policies");

  private OneTunnelLabSite sites;
  private OneTunnelLabSite.Routers routers;

  @BeforeEach
  void bringUp() {
    sites = new OneTunnelLabSite();
    for (Policy policy : policies()) {
      String team = source(policy) + "/24";
      if (!sites.leftHost.ip("address", "show").contains(" " + team + " ")) {
        sites.leftHost.address("eth0", team);
      }
      String server = destination(policy) + "/24";
      if (!sites.rightHost.ip("address", "show").contains(" " + server + " ")) {
        sites.rightHost.address("eth0", server);
      }
    }
    sites.leftHost.route("default", "via", "10.1.0.1");
    sites.rightHost.route("default", "via", "10.2.0.1");
    routers = sites.start(CONFIGURATION, OneTunnelLabSite.hub());
    TwoRouters.awaitRoute(sites.left, "10.2.0.0/24", "st0.0");
    TwoRouters.awaitRoute(sites.right, "10.1.0.0/24", "st0.0");
  }

  @AfterEach
  void removeAll() {
    sites.close();
  }

  @Test
  void eachPolicyCountsItsOwnSessionsAndOneTunnelCarriesThemAll() throws Exception {
    List<Policy> policies = policies();
    assertThat(policies).hasSizeGreaterThan(100);
    assertThat(policies.stream().map(Policy::action).distinct())
        .containsExactlyInAnyOrder(Policy.Action.values());
    // The first packets find every neighbor resolved.
    assertThat(Ping.answers(sites.leftHost, "10.1.0.1")).isTrue();
    long denied = counted().get(CounterNames.DEFAULT_POLICY);

    Map<String, Long> expected = new LinkedHashMap<>();
    NftLabSite.watch(sites.rightHost, "permitted", "ct state new");
    long permitted = 0;
    for (int i = 0; i < policies.size(); i++) {
      Policy policy = policies.get(i);
      int sessions = 1 + i % 3;
      for (int session = 0; session < sessions; session++) {
        begin(policy);
      }
      expected.put(CounterNames.policy(policy.index()), (long) sessions);
      permitted += policy.action() == Policy.Action.PERMIT ? sessions : 0;
    }

    long arriving = permitted;
    Await.until(
        SOON,
        permitted + " sessions at the hub",
        () -> NftLabSite.packets(sites.rightHost, "permitted") >= arriving,
        () -> "arrived: " + NftLabSite.packets(sites.rightHost, "permitted"));
    assertThat(NftLabSite.packets(sites.rightHost, "permitted")).isEqualTo(permitted);
    Map<String, Long> counted = counted();
    assertThat(counted).containsAllEntriesOf(expected);
    assertThat(counted.get(CounterNames.DEFAULT_POLICY)).isEqualTo(denied);
    assertThat(routers.left().cli("show security ike security-associations | match UP | count"))
        .contains("Count: 1 lines");
    assertThat(routers.left().cli("show security ipsec security-associations"))
        .contains("Total active tunnels: 1     Total Ipsec sas: 1\n");
  }

  private static List<Policy> policies() {
    Diagnostics diagnostics = new Diagnostics();
    List<Policy> policies =
        RouterConfigReader.read("many-policies.conf", CONFIGURATION, diagnostics)
            .firewall()
            .ruleset()
            .policies()
            .all();
    assertThat(diagnostics.findings()).isEmpty();
    return policies;
  }

  /** The first address of whom the policy is for. */
  private static IpAddress source(Policy policy) {
    return policy.source().addresses().ranges().getFirst().low();
  }

  private static IpAddress destination(Policy policy) {
    return policy.destination().addresses().ranges().getFirst().low();
  }

  /** Sends the packet a session begins with; the socket is gone before it could send another. */
  private void begin(Policy policy) throws IOException, InterruptedException {
    ServiceMatch service = policy.applications().getFirst().terms().getFirst().match();
    InetSocketAddress from =
        new InetSocketAddress(InetAddress.ofLiteral(source(policy).toString()), 0);
    InetSocketAddress to =
        new InetSocketAddress(
            InetAddress.ofLiteral(destination(policy).toString()),
            service.destinationPorts().low());
    NetworkNamespaceEntry.call(
        sites.leftHost.file(),
        () -> {
          if (service.protocol() == ServiceMatch.TCP) {
            try (SocketChannel socket = SocketChannel.open()) {
              socket.bind(from).configureBlocking(false);
              socket.connect(to);
            }
          } else {
            try (DatagramChannel socket = DatagramChannel.open()) {
              socket.bind(from).send(ByteBuffer.allocate(1), to);
            }
          }
          return from;
        });
  }

  /** Packets by counter. */
  private Map<String, Long> counted() {
    Map<String, Long> counted = new LinkedHashMap<>();
    String text = sites.left.run("nft", "-j", "list", "counters", "table", "inet", "culvert");
    for (JsonElement element : NftLabSite.nftables(text)) {
      JsonObject counter = element.getAsJsonObject().getAsJsonObject("counter");
      if (counter != null) {
        counted.put(counter.get("name").getAsString(), counter.get("packets").getAsLong());
      }
    }
    return counted;
  }
}
