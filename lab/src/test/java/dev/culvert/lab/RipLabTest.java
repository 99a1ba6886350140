package dev.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.cli.io.ControlException;
import dev.culvert.lab.harness.BirdPeer;
import dev.culvert.lab.harness.FrrPeer;
import dev.culvert.lab.harness.Lab;
import dev.culvert.lab.net.Await;
import dev.culvert.lab.net.CulvertProcess;
import dev.culvert.lab.net.LabNetwork;
import dev.culvert.lab.net.NetworkNamespace;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Culvert with FRR and BIRD on one LAN, RIP with keyed MD5 and RIPng; and with BIRD alone on a
 * second one, RIP with HMAC-SHA-256.
 *
 * <pre>
 *            Culvert
 *          eth0   eth2                10.9.0.0/24: .1 Culvert, .2 FRR, .3 BIRD
 *           |      |                  10.9.2.0/30: .1 Culvert, .2 BIRD
 *        bridge    |
 *        |    |    |
 *      FRR    BIRD-+
 * </pre>
 */
@Lab(needs = {FrrPeer.PROGRAM, "bird"})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RipLabTest {
  private static final Duration SOON = Duration.ofSeconds(40);

  /** The route timeout, and an update interval. */
  private static final Duration BY_SILENCE = Duration.ofSeconds(90);

  private static final String KEY = "lan-md5-secret";
  private static final String HMAC_KEY = "hmac-secret";

  private static final String FRR =
      """
      ip route 10.61.0.0/16 blackhole
      ipv6 route fd61::/48 blackhole
      interface eth0
       ip rip authentication mode md5
       ip rip authentication string %s
      router rip
       version 2
       network eth0
       redistribute static
       timers basic 5 30 20
      router ripng
       network eth0
       redistribute static
       timers basic 5 30 20
      """
          .formatted(KEY);

  private static final String BIRD =
      """
      router id 10.255.0.3;
      protocol device { scan time 2; }
      protocol kernel { ipv4 { export where source = RTS_RIP; import none; }; }
      protocol kernel { ipv6 { export where source = RTS_RIP; import none; }; }
      protocol static { ipv4; route 10.62.0.0/16 blackhole; route 10.63.0.0/16 blackhole; }
      protocol static { ipv6; route fd62::/48 blackhole; }
      protocol rip lan {
        ipv4 { import all; export where net = 10.62.0.0/16; };
        interface "eth0" {
          version 2; update time 5; timeout time 30; garbage time 20;
          authentication cryptographic; password "%s" { id 1; algorithm keyed md5; };
        };
      }
      protocol rip transit {
        ipv4 { import all; export where net = 10.63.0.0/16; };
        interface "eth2" {
          version 2; update time 5; timeout time 30; garbage time 20;
          authentication cryptographic; password "%s" { id 1; algorithm hmac sha256; };
        };
      }
      protocol rip ng lan6 {
        ipv6 { import all; export where net = fd62::/48; };
        interface "eth0" { update time 5; timeout time 30; garbage time 20; };
      }
      """
          .formatted(KEY, HMAC_KEY);

  private LabNetwork network;
  private NetworkNamespace culvertSide;
  private NetworkNamespace frrSide;
  private NetworkNamespace birdSide;
  private CulvertProcess culvert;
  private FrrPeer frr;
  private BirdPeer bird;

  @BeforeAll
  void buildTheNetwork() {
    network = LabNetwork.create();
    culvertSide = network.namespace("culvert").forwarding();
    frrSide = network.namespace("frr").forwarding();
    birdSide = network.namespace("bird").forwarding();
    NetworkNamespace lan = network.namespace("lan");
    network.wire(culvertSide, "eth0", lan, "culvert");
    network.wire(frrSide, "eth0", lan, "frr");
    network.wire(birdSide, "eth0", lan, "bird");
    lan.bridge("br0", "culvert", "frr", "bird");
    network.wire(culvertSide, "eth2", birdSide, "eth2");
    frrSide.address("eth0", "10.9.0.2/24");
    birdSide.address("eth0", "10.9.0.3/24").address("eth2", "10.9.2.2/30");
    culvert = CulvertProcess.start(network, culvertSide, "culvert", configuration(KEY));
    startFrr();
    bird = BirdPeer.start(network, birdSide, "bird", BIRD);
  }

  private void startFrr() {
    frr = FrrPeer.start(network, frrSide, "frr", List.of("ripd", "ripngd"), FRR);
  }

  @AfterAll
  void removeTheNetwork() {
    if (network != null) {
      network.close();
    }
  }

  @BeforeEach
  void everythingIsInOrder() {
    culvert.reload(configuration(KEY));
    awaitRoute(culvertSide, "10.61.0.0/16", "10.9.0.2");
    awaitRoute(culvertSide, "10.62.0.0/16", "10.9.0.3");
    awaitRoute(culvertSide, "10.63.0.0/16", "10.9.2.2");
    awaitRoute(frrSide, "10.41.0.0/16", "10.9.0.1");
    // Both links are as good.
    awaitRoute(birdSide, "10.41.0.0/16", "10.9.");
  }

  @Test
  void routesWithMd5AreLearnedFromEachOtherWithTheirMetrics() {
    assertThat(culvert("show route 10.61.0.0/16")).contains("*[RIP/100]", "metric 2");
    assertThat(culvert("show rip neighbor"))
        .containsPattern("eth0.0 +Up 10.9.0.1 +224.0.0.9 +mcast +both +1");
    assertThat(culvert("show rip statistics eth0.0")).contains("eth0.0:  2 routes learned");
    assertThat(frr.vtysh("show ip rip")).containsPattern("10.41.0.0/16 +10.9.0.1 +2 ");
  }

  @Test
  void aRouteThatIsLearnedOnOneLinkIsToldOnTheOther() {
    // BIRD tells it on the link with HMAC-SHA-256 alone.
    awaitRoute(frrSide, "10.63.0.0/16", "10.9.0.1");
    assertThat(frr.vtysh("show ip rip")).containsPattern("10.63.0.0/16 +10.9.0.1 +3 ");
    awaitRoute(culvertSide, "10.63.0.0/16", "10.9.2.2");
  }

  @Test
  void withdrawnRoutesGoAtOnceInBothDirections() {
    frr.vtysh("configure terminal", "no ip route 10.61.0.0/16 blackhole");
    awaitNoRoute(culvertSide, "10.61.0.0/16", SOON);
    culvert.reload(configuration(KEY).replace("route 10.41.0.0/16 discard;", ""));
    awaitNoRoute(frrSide, "10.41.0.0/16", SOON);
    awaitNoRoute(birdSide, "10.41.0.0/16", SOON);
    frr.vtysh("configure terminal", "ip route 10.61.0.0/16 blackhole");
  }

  @Test
  void ripngRoutesReachEachOthersKernels() {
    awaitRoute(culvertSide, "fd61::/48", "fe80:");
    awaitRoute(culvertSide, "fd62::/48", "fe80:");
    awaitRoute(frrSide, "fd41::/48", "fe80:");
    awaitRoute(birdSide, "fd41::/48", "fe80:");
    assertThat(culvert("show route protocol ripng")).contains("*[RIPng/100]", "metric 2");
    assertThat(culvert("show ripng neighbor")).containsPattern("eth0.0 +Up +fe80:.*ff02::9");
  }

  @Test
  void aWrongKeyKeepsRoutesOutAndIsCounted() {
    culvert.reload(configuration("wrong-secret"));
    awaitNoRoute(culvertSide, "10.61.0.0/16", BY_SILENCE);
    Await.until(
        SOON,
        "the reason in the log",
        () -> culvert.log().contains("RIP_MESSAGE_IGNORED"),
        this::evidence);
    assertThat(culvert("show rip statistics eth0.0"))
        .doesNotContainPattern("Authentication Failures +0 ");
    assertThat(culvert.log() + culvert("show configuration"))
        .doesNotContain(KEY, "wrong-secret", HMAC_KEY);
  }

  @Test
  void aPeerThatCrashesIsNoticedByItsSilence() {
    frr.kill();
    awaitNoRoute(culvertSide, "10.61.0.0/16", BY_SILENCE);
    awaitRoute(culvertSide, "10.62.0.0/16", "10.9.0.3");
    startFrr();
    awaitRoute(culvertSide, "10.61.0.0/16", "10.9.0.2");
  }

  @Test
  void culvertKilledAndStartedAgainAsksForWhatItForgot() {
    culvert.kill();
    assertThat(culvertSide.hasRoute("10.61.0.0/16")).isTrue();
    culvert.restart();
    everythingIsInOrder();
  }

  private void awaitRoute(NetworkNamespace namespace, String prefix, String gateway) {
    String family = prefix.contains(":") ? "-6" : "-4";
    Await.until(
        SOON,
        prefix + " via " + gateway + " in " + namespace,
        () -> namespace.ip(family, "route", "show", "exact", prefix).contains("via " + gateway),
        this::evidence);
  }

  private void awaitNoRoute(NetworkNamespace namespace, String prefix, Duration limit) {
    Await.until(
        limit,
        "the end of " + prefix + " in " + namespace,
        () -> !namespace.hasRoute(prefix),
        this::evidence);
  }

  private String culvert(String command) {
    try {
      return culvert.cli(command);
    } catch (ControlException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private String evidence() {
    return String.join(
        "\n",
        culvert("show rip statistics"),
        culvert("show route protocol rip"),
        culvert("show ripng statistics"),
        culvertSide.ip("route"),
        frr.vtysh("show ip rip status"),
        frrSide.ip("route"),
        bird.birdc("show route"),
        culvert.log());
  }

  private static String configuration(String key) {
    return """
    system { host-name culvert; }
    interfaces {
      eth0 { unit 0 { family inet { address 10.9.0.1/24; } family inet6; } }
      eth2 { unit 0 { family inet { address 10.9.2.1/30; } } }
    }
    routing-options {
      static { route 10.41.0.0/16 discard; }
      rib inet6.0 { static { route fd41::/48 discard; } }
    }
    protocols {
      rip {
        update-interval 10;
        route-timeout 30;
        group lab {
          export told;
          neighbor eth0.0 { authentication-type md5; authentication-key "%s"; }
          neighbor eth2.0 { authentication-type hmac-sha-256; authentication-key "%s"; }
        }
      }
      ripng {
        update-interval 10;
        route-timeout 30;
        group lab { export told; neighbor eth0.0; }
      }
    }
    policy-options {
      policy-statement told { from protocol [ static rip ripng ]; then accept; }
    }
    """
        .formatted(key, HMAC_KEY);
  }
}
