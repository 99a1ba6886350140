package dev.culvert.lab;

import static dev.culvert.lab.TwoRouters.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.Ping;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The hub and two spokes of {@code conf/hub-and-spoke-hub.conf}, with {@code advpn}: the spokes
 * build a shortcut, also where a NAT is in front of one or of both.
 *
 * <pre>
 *   host0 -- hub 192.0.2.1 --+-- 192.0.2.2 (nat1 --) spoke1 -- host1
 *                            +-- 192.0.2.3 (nat2 --) spoke2 -- host2     LANs 10.N.0.0/24
 * </pre>
 */
@Lab(needs = {"nft", "ping"})
class ShortcutLabTest {
  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final Duration SELDOM = Duration.ofSeconds(1);
  private static final int SITES = 3;

  private final LabNetwork network = LabNetwork.create();
  private final NetworkNamespace wan = network.namespace("wan");
  private final List<NetworkNamespace> hosts = new ArrayList<>();
  private final List<CulvertProcess> routers = new ArrayList<>();

  @AfterEach
  void removeAll() {
    network.close();
  }

  /** How many of the spokes, from the last, are behind a NAT. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatTwoSpokesSayGoesByAShortcutAndNothingIsLostOnTheWayIn(int nats) throws Exception {
    bringUp(nats, "");
    Ping.Continuous there = Ping.start(network, hosts.get(1), "there", host(2), OFTEN);
    Ping.Continuous back = Ping.start(network, hosts.get(2), "back", host(1), OFTEN);
    there.awaitAnswers(20, SOON);
    awaitShortcut("up");

    watch();
    there.awaitAnswers(there.count() + 100, SOON);
    assertThat(packetsBetweenSpokes()).isGreaterThan(200);
    assertThat(there.stopAndFindMissing()).isEmpty();
    assertThat(back.stopAndFindMissing()).isEmpty();

    assertThat(routers.get(1).cli("show security ike security-associations sa-type shortcut"))
        .contains("192.0.2.3")
        .doesNotContain("192.0.2.1 ");
    assertThat(
            routers.get(1).cli("show security ike security-associations sa-type shortcut detail"))
        .contains("AutoDiscoveryVPN: Type: Shortcut")
        .contains("spoke-2.example.net");
    assertThat(routers.get(1).cli("show security ipsec security-associations"))
        .contains("(shortcut)");
    assertThat(routers.get(0).cli("show security ipsec shortcuts"))
        .contains("Suggestions sent: 2, accepted: 2, declined: 0");
    // The hub's LAN is reached as before, and so is the hub by its own tunnel.
    Await.until(SOON, "the hub's LAN", () -> Ping.answers(hosts.get(1), host(0)));
  }

  @Test
  void oneThatCarriesLittleGoesAndNothingIsLostOnTheWayOut() throws Exception {
    bringUp(0, "idle-time 60;");
    Ping.Continuous often = Ping.start(network, hosts.get(1), "often", host(2), OFTEN);
    awaitShortcut("up");
    often.stop();

    Ping.Continuous there = Ping.start(network, hosts.get(1), "there", host(2), SELDOM);
    awaitShortcut("ended");
    there.awaitAnswers(there.count() + 3, SOON);
    assertThat(there.stopAndFindMissing()).isEmpty();
  }

  @Test
  void whereThePathBetweenThemBreaksTheyGoByTheHubAgain() throws Exception {
    bringUp(0, "");
    Ping.Continuous there = Ping.start(network, hosts.get(1), "there", host(2), OFTEN);
    awaitShortcut("up");
    wan.run("nft", "add table bridge cut");
    wan.run("nft", "add chain bridge cut forward { type filter hook forward priority 0 ; }");
    wan.run("nft", "add rule bridge cut forward ip saddr 192.0.2.2 ip daddr 192.0.2.3 drop");
    wan.run("nft", "add rule bridge cut forward ip saddr 192.0.2.3 ip daddr 192.0.2.2 drop");

    awaitShortcut("ended");
    there.awaitAnswers(there.count() + 100, SOON);
    there.stop();
    assertThat(routers.get(1).cli("show security ipsec why")).contains("Nothing is wrong");
    assertThat(routers.get(1).cli("show security ipsec security-associations"))
        .doesNotContain("(shortcut)");
  }

  private void awaitShortcut(String state) {
    for (int spoke = 1; spoke < SITES; spoke++) {
      CulvertProcess router = routers.get(spoke);
      Await.until(
          SOON,
          "a shortcut that is " + state,
          () -> router.cli("show security ipsec shortcuts").contains(" " + state + " "),
          router::log);
    }
  }

  /** Counts what goes from one spoke to the other without the hub. */
  private void watch() {
    wan.run("nft", "add table bridge seen");
    wan.run("nft", "add chain bridge seen forward { type filter hook forward priority 0 ; }");
    wan.run(
        "nft", "add rule bridge seen forward ip saddr 192.0.2.2 ip daddr 192.0.2.3 counter accept");
    wan.run(
        "nft", "add rule bridge seen forward ip saddr 192.0.2.3 ip daddr 192.0.2.2 counter accept");
  }

  private int packetsBetweenSpokes() {
    int sum = 0;
    for (String word : wan.run("nft", "list chain bridge seen forward").split("packets ")) {
      String digits = word.replaceFirst("(?s)\\D.*", "");
      sum += digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }
    return sum;
  }

  private void bringUp(int nats, String partner) throws Exception {
    String[] ports = new String[SITES];
    List<NetworkNamespace> sites = new ArrayList<>();
    for (int site = 0; site < SITES; site++) {
      NetworkNamespace host = network.namespace("host" + site);
      NetworkNamespace router = network.namespace("site" + site);
      network.wire(host, "eth0", router, "eth1");
      host.address("eth0", host(site) + "/24").route("default", "via", "10." + site + ".0.1");
      hosts.add(host);
      sites.add(router);
      ports[site] = "port" + site;
      if (site >= SITES - nats) {
        NetworkNamespace nat = network.namespace("nat" + site);
        network.wire(router, "eth0", nat, "inside");
        network.wire(nat, "outside", wan, ports[site]);
        translate(nat, site);
      } else {
        network.wire(router, "eth0", wan, ports[site]);
      }
    }
    wan.bridge("wan", ports);
    routers.add(CulvertProcess.launch(network, sites.get(0), "hub", hub()));
    for (int site = 1; site < SITES; site++) {
      String configuration = spoke(site, site >= SITES - nats, partner);
      routers.add(CulvertProcess.launch(network, sites.get(site), "spoke" + site, configuration));
    }
    routers.getFirst().awaitReady();
    for (int site = 1; site < SITES; site++) {
      NetworkNamespace from = hosts.get(site);
      String to = host(SITES - site);
      Await.until(SOON, to, () -> Ping.answers(from, to), routers.getFirst()::log);
    }
  }

  /** As a router at home does it: what is not asked for from inside does not get in. */
  private static void translate(NetworkNamespace nat, int site) {
    nat.address("inside", "192.168." + site + ".1/24")
        .address("outside", "192.0.2." + (site + 1) + "/24")
        .forwarding();
    nat.run("nft", "add table ip home");
    nat.run("nft", "add chain ip home out { type nat hook postrouting priority 100 ; }");
    nat.run("nft", "add rule ip home out oifname outside masquerade");
    nat.run("nft", "add chain ip home in { type filter hook input priority 0 ; }");
    nat.run("nft", "add rule ip home in iifname outside ct state new drop");
    nat.run("nft", "add chain ip home through { type filter hook forward priority 0 ; }");
    nat.run("nft", "add rule ip home through iifname outside ct state new drop");
  }

  private static String host(int site) {
    return StarLabSite.host(site);
  }

  private static String hub() {
    return TwoRouters.shipped("hub-and-spoke-hub")
        .replace("version v2-only;", "version v2-only; advpn { partner { disable; } }");
  }

  private static String spoke(int number, boolean isBehindNat, String partner) {
    String advpn = "advpn { suggester { disable; } partner { %s } }".formatted(partner);
    String spoke =
        StarLabSite.spoke("hub-and-spoke-spoke", number)
            .replace("version v2-only;", "version v2-only; " + advpn);
    return isBehindNat
        ? spoke.replace("192.0.2." + (number + 1) + "/24", "192.168." + number + ".2/24")
            + "routing-options { static { route 192.0.2.0/24 next-hop 192.168."
            + number
            + ".1; } }\n"
        : spoke;
  }
}
