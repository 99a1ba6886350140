package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.harness.RoutingPeer;
import dev.culvert.lab.harness.TunWire;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabException;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Culvert beside another routing daemon: OSPF with MD5 over a LAN (the cheaper way) and over a
 * point-to-point TUN, external BGP with TCP-MD5 over the LAN, and BFD for all of them.
 *
 * <pre>
 *   host --- eth1 Culvert eth0 --- bridge --- eth0 peer     10.9.0.0/24
 *                         tun7 -------------- tun7          10.9.7.0/30
 * </pre>
 *
 * <p>The dead interval of the TUN and the hold time are longer than any wait in here: whatever
 * notices a silent cut is BFD. On the LAN the dead interval is short, as it also holds up the
 * election.
 */
@Lab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RoutingPeerLab {
  static final String CULVERT_LAN = "10.9.0.1";
  static final String CULVERT_TUN = "10.9.7.1";
  static final String CULVERT_LOOPBACK = "10.255.0.1";
  static final String PEER_LAN = "10.9.0.2";
  static final String PEER_TUN = "10.9.7.2";
  static final String PEER_LOOPBACK = "10.255.0.2";

  /** Both need four octets. */
  static final long CULVERT_AS = 4_200_000_001L;

  static final long PEER_AS = 4_200_000_002L;

  static final String LAN_KEY = "lan-md5-secret";
  static final String TUN_KEY = "tun-md5-secret";
  static final String BGP_KEY = "bgp-md5-secret";

  private static final Duration SOON = Duration.ofSeconds(40);

  /** Less than the dead interval and the hold time by far. */
  private static final Duration BY_BFD = Duration.ofSeconds(20);

  final Configuration base = new Configuration(priority());
  NetworkNamespace culvertSide;
  CulvertProcess culvert;
  RoutingPeer peer;
  private LabNetwork network;
  private NetworkNamespace peerSide;
  private NetworkNamespace lan;
  private TunWire wire;

  /** The OSPF priority of Culvert on the LAN; it or the peer's is 0. */
  abstract int priority();

  /**
   * The peer in its namespace. It announces by OSPF 10.61.0.0/16 as type 1 and 10.62.0.0/16 as type
   * 2, both of metric 20, and by BGP 10.63.0.0/24, 10.64.0.0/24 and 10.65.0.0/24; its loopback
   * speaks internal BGP with Culvert's.
   */
  abstract RoutingPeer startPeer(LabNetwork network, NetworkNamespace namespace);

  @BeforeAll
  void buildTheNetwork() {
    network = LabNetwork.create();
    culvertSide = network.namespace("culvert").forwarding();
    peerSide = network.namespace("peer").forwarding();
    lan = network.namespace("lan");
    network.wire(culvertSide, "eth0", lan, "culvert");
    network.wire(peerSide, "eth0", lan, "peer");
    lan.bridge("br0", "culvert", "peer");
    network.wire(culvertSide, "eth1", network.namespace("host"), "eth0");
    wire = TunWire.between(network, culvertSide, peerSide, "tun7");
    peerSide
        .address("eth0", PEER_LAN + "/24")
        .address("tun7", PEER_TUN + "/30")
        .address("lo", PEER_LOOPBACK + "/32");
    culvert = CulvertProcess.start(network, culvertSide, "culvert", base.text());
    peer = startPeer(network, peerSide);
  }

  @AfterAll
  void removeTheNetwork() {
    if (network != null) {
      wireIsWhole();
      network.close();
    }
  }

  /** Also mends what a test that failed left behind, so that each fails for itself alone. */
  @BeforeEach
  void everythingIsInOrder() {
    wire.heal();
    lan.ip("link", "set", "peer", "master", "br0");
    culvert.reload(base.text());
    peer.announce("10.61.0.0/16");
    peer.announce("10.63.0.0/24");
    everythingIsUp();
  }

  final void everythingIsUp() {
    awaitNeighbors();
    awaitSession(PEER_LAN);
    awaitRoute(culvertSide, "10.61.0.0/16", PEER_LAN);
    awaitRoute(culvertSide, "10.63.0.0/24", PEER_LAN);
    awaitRoute(peerSide, "10.41.0.0/16", CULVERT_LAN);
    awaitRoute(peerSide, "10.43.0.0/24", CULVERT_LAN);
  }

  @Test
  void ospfNeighborsWithMd5BecomeFullOnBothLinksAndAPriorityOfZeroIsNeverDesignated() {
    awaitLanState(priority() > 0 ? "DR" : "DRother");
    assertThat(line(culvert("show ospf interface"), "tun7.0")).contains(" PtToPt ");
    assertThat(culvert("show ospf interface detail"))
        .contains("Auth type: MD5, Active key ID: 7", "Auth type: MD5, Active key ID: 9");
  }

  @Test
  void ospfRoutesOfEachSideReachTheKernelOfTheOtherAndLeaveAgain() {
    awaitRoute(culvertSide, PEER_LOOPBACK, PEER_LAN);
    awaitRoute(culvertSide, "10.62.0.0/16", PEER_LAN);
    awaitRoute(peerSide, CULVERT_LOOPBACK, CULVERT_LAN);
    awaitRoute(peerSide, "10.11.0.0/24", CULVERT_LAN);
    awaitRoute(peerSide, "10.42.0.0/16", CULVERT_LAN);
    // The LAN costs 10; a type 2 metric does not count the way.
    awaitExternal("10.41.0.0/16", 1, 110);
    awaitExternal("10.42.0.0/16", 2, 200);
    assertThat(culvert("show route 10.61.0.0/16")).contains("[OSPF/150]", "metric 30");
    assertThat(culvert("show route 10.62.0.0/16")).contains("[OSPF/150]", "metric 20");
    assertThat(culvert("show route " + PEER_LOOPBACK)).contains("[OSPF/10]");

    peer.withdraw("10.61.0.0/16");
    awaitNoRoute(culvertSide, "10.61.0.0/16");
    culvert.reload(base.without("10.41.0.0/16").text());
    awaitNoRoute(peerSide, "10.41.0.0/16");
    assertThat(culvertSide.hasRoute("10.62.0.0/16")).isTrue();
    assertThat(peerSide.hasRoute("10.42.0.0/16")).isTrue();

    peer.announce("10.61.0.0/16");
    culvert.reload(base.text());
    awaitRoute(culvertSide, "10.61.0.0/16", PEER_LAN);
    awaitExternal("10.41.0.0/16", 1, 110);
  }

  @Test
  void bgpRoutesPassThePoliciesOfBothWaysIntoTheKernelsAndLeaveAgain() {
    awaitRoute(culvertSide, "10.63.0.0/24", PEER_LAN);
    awaitRoute(culvertSide, "10.65.0.0/24", PEER_LAN);
    awaitRoute(peerSide, "10.43.0.0/24", CULVERT_LAN);
    await("the metric by policy", () -> peer.hasBgpRoute("10.43.0.0/24", 50));
    assertThat(culvert("show route 10.63.0.0/24 detail"))
        .contains("Localpref: 200", Long.toString(PEER_AS));
    assertThat(culvert("show route 10.65.0.0/24 detail")).contains("Localpref: 100");
    assertThat(culvertSide.hasRoute("10.64.0.0/24")).as("rejected by policy").isFalse();
    assertThat(peerSide.hasRoute("10.44.0.0/24")).as("rejected by policy").isFalse();

    peer.withdraw("10.63.0.0/24");
    awaitNoRoute(culvertSide, "10.63.0.0/24");
    culvert.reload(base.without("10.43.0.0/24").text());
    awaitNoRoute(peerSide, "10.43.0.0/24");

    peer.announce("10.63.0.0/24");
    culvert.reload(base.text());
    awaitRoute(culvertSide, "10.63.0.0/24", PEER_LAN);
    awaitRoute(peerSide, "10.43.0.0/24", CULVERT_LAN);
  }

  @Test
  void routesAreSentAgainOnRequestAndAnEditedPolicyTakesEffectOnTheStandingSession() {
    String flaps = line(culvert("show bgp neighbor " + PEER_LAN), "Number of flaps");
    int refreshes = refreshesReceived();
    peer.requestRefresh(CULVERT_LAN);
    await("the request", () -> refreshesReceived() > refreshes);
    await("the answer", () -> peer.hasBgpRoute("10.43.0.0/24", 50));

    culvert.reload(base.withMetric(70).withLocalPreference(300).text());
    await("the edited metric", () -> peer.hasBgpRoute("10.43.0.0/24", 70));
    culvert.awaitCli(SOON, "show route 10.63.0.0/24 detail", "Localpref: 300");
    assertThat(line(culvert("show bgp neighbor " + PEER_LAN), "Number of flaps")).isEqualTo(flaps);
    culvert.reload(base.text());
    culvert.awaitCli(SOON, "show route 10.63.0.0/24 detail", "Localpref: 200");
  }

  @Test
  void bfdNoticesSilentCutsOfEitherLinkAndTheRoutesGoTheOtherWay() {
    for (String neighbor : new String[] {PEER_LAN, PEER_TUN}) {
      await("BFD with " + neighbor, () -> bfd(neighbor).contains("Up"));
    }
    await("BFD of the peer", () -> peer.isBfdUp(CULVERT_LAN) && peer.isBfdUp(CULVERT_TUN));

    lan.ip("link", "set", "peer", "nomaster");
    awaitByBfd("the loss of the LAN", () -> !bfd(PEER_LAN).contains("Up"));
    awaitByBfd("the loss of the LAN at the peer", () -> !peer.isBfdUp(CULVERT_LAN));
    awaitByBfd("the session's end", () -> !culvert("show bgp summary").contains("Establ"));
    awaitByBfd("its end at the peer", () -> !peer.isEstablished(CULVERT_LAN));
    awaitByBfd("the way over the TUN", () -> via(culvertSide, "10.61.0.0/16", PEER_TUN));
    awaitByBfd("the way back", () -> via(peerSide, "10.41.0.0/16", CULVERT_TUN));
    awaitByBfd("no BGP route", () -> !culvertSide.hasRoute("10.63.0.0/24"));

    lan.ip("link", "set", "peer", "master", "br0");
    everythingIsUp();

    wire.cut();
    awaitByBfd("the loss of the TUN", () -> line(ospfNeighbors(), PEER_TUN).isEmpty());
    awaitByBfd("its loss at the peer", () -> !isFull(peer.ospfNeighbors(), CULVERT_TUN));
    assertThat(ospfNeighbors()).containsPattern(PEER_LAN + " .*Full");
  }

  @Test
  void aWrongKeyEndsAdjacencyAndSessionAndIsNamed() {
    culvert.reload(base.withLanKey("wrong-secret-lan").withBgpKey("wrong-secret-bgp").text());
    await("the adjacency's end", () -> line(ospfNeighbors(), PEER_LAN).isEmpty());
    await("the session's end", () -> !culvert("show bgp summary").contains("Establ"));
    awaitRoute(culvertSide, "10.61.0.0/16", PEER_TUN);
    awaitNoRoute(culvertSide, "10.63.0.0/24");
    await("the reason", () -> culvert.log().contains("OSPF_AUTH_FAILED"));
    assertThat(culvert("show ospf statistics")).containsIgnoringCase("authentication");
    assertThat(culvert.log() + culvert("show configuration"))
        .doesNotContain(LAN_KEY, BGP_KEY, "wrong-secret");
  }

  @Test
  void aPeerThatCrashesIsForgottenAndComesBack() {
    peer.kill();
    await("the adjacencies' end", () -> !ospfNeighbors().contains("Full"));
    awaitNoRoute(culvertSide, "10.61.0.0/16");
    awaitNoRoute(culvertSide, "10.63.0.0/24");
    peer.restart();
    everythingIsUp();
  }

  @Test
  void culvertKilledAndStartedAgainFindsItsNeighborsWhileForwardingGoesOn() {
    culvert.kill();
    assertThat(culvertSide.hasRoute("10.61.0.0/16")).isTrue();
    culvert.restart();
    everythingIsUp();
  }

  @Test
  void internalBgpBetweenLoopbacksFollowsOspf() {
    culvert.reload(base.internal().text());
    awaitSession(PEER_LOOPBACK);
    await("the session at the peer", () -> peer.isEstablished(CULVERT_LOOPBACK));
    // The next hop is the peer's loopback, which OSPF reaches over the LAN.
    awaitRoute(culvertSide, "10.63.0.0/24", PEER_LAN);
    awaitRoute(peerSide, "10.43.0.0/24", CULVERT_LAN);
  }

  private void wireIsWhole() {
    if (wire != null) {
      wire.heal();
    }
  }

  final void awaitLanState(String state) {
    await(
        "state " + state + " on the LAN",
        () -> line(culvert("show ospf interface"), "eth0.0").contains(" " + state + " "));
  }

  private void awaitNeighbors() {
    await(
        "OSPF on both links",
        () ->
            isFull(ospfNeighbors(), PEER_LAN)
                && isFull(ospfNeighbors(), PEER_TUN)
                && isFull(peer.ospfNeighbors(), CULVERT_LAN)
                && isFull(peer.ospfNeighbors(), CULVERT_TUN));
  }

  private void awaitSession(String neighbor) {
    await(
        "the BGP session with " + neighbor,
        () -> line(culvert("show bgp summary"), neighbor).contains("Establ"));
  }

  private void awaitRoute(NetworkNamespace namespace, String prefix, String gateway) {
    await(prefix + " via " + gateway + " in " + namespace, () -> via(namespace, prefix, gateway));
  }

  final void awaitNoRoute(NetworkNamespace namespace, String prefix) {
    await("the end of " + prefix + " in " + namespace, () -> !namespace.hasRoute(prefix));
  }

  private void awaitExternal(String prefix, int type, int metric) {
    await(
        prefix + " as a type " + type + " external of " + metric,
        () -> peer.hasExternalRoute(prefix, type, metric));
  }

  final void await(String what, Await.Condition condition) {
    Await.until(SOON, what, condition, this::evidence);
  }

  private void awaitByBfd(String what, Await.Condition condition) {
    Await.until(BY_BFD, what, condition, this::evidence);
  }

  private String evidence() {
    return String.join(
        "\n",
        ospfNeighbors(),
        culvert("show bgp summary"),
        culvert("show bfd session"),
        culvertSide.ip("route"),
        peerEvidence(),
        peerSide.ip("route"),
        culvert.log());
  }

  private String peerEvidence() {
    try {
      return peer.evidence();
    } catch (LabException e) {
      return String.valueOf(e.getMessage());
    }
  }

  final String culvert(String command) {
    try {
      return culvert.cli(command);
    } catch (ControlException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private String ospfNeighbors() {
    return culvert("show ospf neighbor");
  }

  private String bfd(String neighbor) {
    return line(culvert("show bfd session"), neighbor);
  }

  private int refreshesReceived() {
    Matcher counts =
        Pattern.compile("Input messages:.*Refreshes (\\d+)")
            .matcher(culvert("show bgp neighbor " + PEER_LAN));
    return counts.find() ? Integer.parseInt(counts.group(1)) : 0;
  }

  private static boolean isFull(String neighbors, String address) {
    return line(neighbors, address).contains("Full");
  }

  private static boolean via(NetworkNamespace namespace, String prefix, String gateway) {
    return namespace.ip("route", "show", "exact", prefix).contains("via " + gateway + " ");
  }

  /** The first line with that text, or nothing. */
  private static String line(String page, String text) {
    return page.lines().filter(l -> (l + " ").contains(text + " ")).findFirst().orElse("");
  }

  /** What the tests vary of Culvert's configuration. */
  record Configuration(
      int priority,
      String lanKey,
      String bgpKey,
      String withdrawn,
      int metric,
      int localPreference,
      boolean isInternal) {

    Configuration(int priority) {
      this(priority, LAN_KEY, BGP_KEY, "", 50, 200, false);
    }

    Configuration withPriority(int value) {
      return new Configuration(
          value, lanKey, bgpKey, withdrawn, metric, localPreference, isInternal);
    }

    Configuration withLanKey(String key) {
      return new Configuration(
          priority, key, bgpKey, withdrawn, metric, localPreference, isInternal);
    }

    Configuration withBgpKey(String key) {
      return new Configuration(
          priority, lanKey, key, withdrawn, metric, localPreference, isInternal);
    }

    Configuration without(String prefix) {
      return new Configuration(
          priority, lanKey, bgpKey, prefix, metric, localPreference, isInternal);
    }

    Configuration withMetric(int value) {
      return new Configuration(
          priority, lanKey, bgpKey, withdrawn, value, localPreference, isInternal);
    }

    Configuration withLocalPreference(int value) {
      return new Configuration(priority, lanKey, bgpKey, withdrawn, metric, value, isInternal);
    }

    /** One AS with the peer, and the session between the loopbacks. */
    Configuration internal() {
      return new Configuration(priority, lanKey, bgpKey, withdrawn, metric, localPreference, true);
    }

    String text() {
      StringBuilder statics = new StringBuilder();
      for (String prefix : new String[] {"10.41.0.0/16", "10.42.0.0/16", "10.43.0.0/24"}) {
        if (!prefix.equals(withdrawn)) {
          statics.append("route ").append(prefix).append(" discard;\n");
        }
      }
      return """
      system { host-name culvert; }
      interfaces {
        eth0 { unit 0 { family inet { address %1$s/24; } } }
        eth1 { unit 0 { family inet { address 10.11.0.1/24; } } }
        tun7 { unit 0 { family inet { address %2$s/30; } } }
        lo0 { unit 0 { family inet { address %3$s/32; } } }
      }
      routing-options {
        router-id %3$s;
        autonomous-system %4$d;
        static {
          %5$s
          route 10.44.0.0/24 discard;
        }
      }
      protocols {
        ospf {
          export externals;
          area 0.0.0.0 {
            interface eth0.0 {
              metric 10;
              priority %6$d;
              hello-interval 1;
              dead-interval 5;
              authentication { md5 7 { key "%7$s"; } }
              bfd-liveness-detection { minimum-interval 300; multiplier 5; }
            }
            interface tun7.0 {
              interface-type p2p;
              metric 20;
              hello-interval 1;
              dead-interval 40;
              authentication { md5 9 { key "%8$s"; } }
              bfd-liveness-detection { minimum-interval 300; multiplier 5; }
            }
            interface eth1.0 { passive; }
            interface lo0.0 { passive; }
          }
        }
        bgp {
          group peer {
            hold-time 90;
            import take;
            export announce;
            authentication-key "%9$s";
            %10$s
          }
        }
      }
      policy-options {
        policy-statement externals {
          term one {
            from { protocol static; route-filter 10.41.0.0/16 exact; }
            then { metric 100; external { type 1; } accept; }
          }
          term two {
            from { protocol static; route-filter 10.42.0.0/16 exact; }
            then { metric 200; accept; }
          }
          then reject;
        }
        policy-statement take {
          term preferred {
            from { route-filter 10.63.0.0/24 exact; }
            then { local-preference %11$d; accept; }
          }
          term unwanted {
            from { route-filter 10.64.0.0/24 exact; }
            then reject;
          }
        }
        policy-statement announce {
          term one {
            from { protocol static; route-filter 10.43.0.0/24 exact; }
            then { metric %12$d; accept; }
          }
          then reject;
        }
      }
      """
          .formatted(
              CULVERT_LAN,
              CULVERT_TUN,
              CULVERT_LOOPBACK,
              isInternal ? PEER_AS : CULVERT_AS,
              statics,
              priority,
              lanKey,
              TUN_KEY,
              bgpKey,
              isInternal ? internalGroup() : externalGroup(),
              localPreference,
              metric);
    }

    private static String externalGroup() {
      return """
      type external;
      peer-as %d;
      neighbor %s {
        bfd-liveness-detection { minimum-interval 300; multiplier 5; }
      }
      """
          .formatted(PEER_AS, PEER_LAN);
    }

    private static String internalGroup() {
      return """
      type internal;
      local-address %s;
      neighbor %s;
      """
          .formatted(CULVERT_LOOPBACK, PEER_LOOPBACK);
    }
  }
}
