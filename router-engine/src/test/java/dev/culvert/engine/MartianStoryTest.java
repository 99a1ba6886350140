package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Routes to where none may lead: who may offer them, and what becomes of them. */
class MartianStoryTest {
  private static final int A = 11;
  private static final String PEER = "192.0.2.11";
  private static final String NEXT_HOP = "192.0.2.77";
  private static final List<String> MARTIANS =
      List.of(
          "0.0.0.0/8",
          "0.1.0.0/16",
          "127.0.0.0/8",
          "127.1.0.0/16",
          "169.254.0.0/16",
          "169.254.7.0/24",
          "192.0.0.0/24",
          "224.0.0.0/4",
          "224.0.0.0/24",
          "239.1.0.0/16",
          "240.0.0.0/4",
          "255.255.255.255/32");

  private final ScriptedRouter router = new ScriptedRouter();

  @Test
  void martiansFromABgpPeerAreShownHiddenAndNeitherUsedNorKnownToAnyProtocol() {
    router.start("");
    router.establish(A);
    for (String martian : MARTIANS) {
      router.announce(A, martian, NEXT_HOP);
      assertThat(router.hiddenReason(martian, PEER)).as(martian).isEqualTo("martian address");
      assertThat(router.kernel).as(martian).doesNotContainKey(martian);
      // Protocols export what is active, and nothing else.
      assertThat(router.engine.tables().table(TableId.INET).active(ScriptedRouter.prefix(martian)))
          .as(martian)
          .isNull();
    }
    assertThat(router.notices)
        .filteredOn(notice -> notice.tag().equals("RIB_MARTIAN_IGNORED"))
        .hasSize(MARTIANS.size())
        .allSatisfy(notice -> assertThat(notice.subject()).isEqualTo("BGP " + PEER));
  }

  @Test
  void neighborsOfTheMartiansAndTheDefaultRouteAreWelcome() {
    router.start("");
    router.establish(A);
    for (String prefix :
        List.of("0.0.0.0/0", "1.0.0.0/8", "126.0.0.0/8", "128.0.0.0/16", "169.253.0.0/16")) {
      router.announce(A, prefix, NEXT_HOP);
      assertThat(router.gateway(prefix)).as(prefix).isEqualTo(NEXT_HOP);
    }
  }

  @Test
  void aCommitJudgesRoutesAnewThatWereLearnedBefore() {
    router.start("");
    router.establish(A);
    router.announce(A, "240.1.0.0/16", NEXT_HOP);
    router.announce(A, "10.66.1.0/24", NEXT_HOP);
    assertThat(router.kernel).doesNotContainKey("240.1.0.0/16").containsKey("10.66.1.0/24");

    router.commit("martians { 240.0.0.0/4 orlonger allow; 10.66.0.0/16 upto /24; }", "");
    assertThat(router.kernel).containsKey("240.1.0.0/16").doesNotContainKey("10.66.1.0/24");
    router.announce(A, "10.66.1.0/25", NEXT_HOP);
    assertThat(router.kernel).containsKey("10.66.1.0/25");

    router.commit("", "");
    assertThat(router.kernel).doesNotContainKey("240.1.0.0/16").containsKey("10.66.1.0/24");
  }

  @Test
  void ofSeveralRulesThatMatchTheLongestDecides() {
    router.start("martians { 10.66.0.0/16 orlonger; 10.66.7.0/24 orlonger allow; }");
    router.establish(A);
    router.announce(A, "10.66.1.0/24", NEXT_HOP);
    router.announce(A, "10.66.7.0/24", NEXT_HOP);
    router.announce(A, "10.66.7.128/25", NEXT_HOP);

    assertThat(router.kernel)
        .containsKeys("10.66.7.0/24", "10.66.7.128/25")
        .doesNotContainKey("10.66.1.0/24");
  }

  @Test
  void aStaticRouteIsMartianWhereJunosSaysSo() {
    router.start(
        "static { route 240.1.0.0/16 next-hop 192.0.2.254;"
            + " route 169.254.7.0/24 next-hop 192.0.2.254; }");

    assertThat(router.kernel).containsKey("169.254.7.0/24").doesNotContainKey("240.1.0.0/16");
    assertThat(router.hiddenReason("240.1.0.0/16", "")).isEqualTo("martian address");
  }

  /** A tunnel numbered out of the link-local block is a network of OSPF like any other. */
  @Test
  void aLinkLocalNetworkOfOspfsOwnIsUsed() {
    router.start("");
    router.ospf("169.254.7.0/30", 1, 10);
    router.ospf("127.1.0.0/16", 1, 10);

    assertThat(router.kernel).containsKey("169.254.7.0/30").doesNotContainKey("127.1.0.0/16");
  }

  @Test
  void nothingIsReachedOverAMartianRoute() {
    router.start("martians { 10.99.0.0/16 orlonger; }");
    router.establish(A);
    router.announce(A, "10.99.0.0/16", NEXT_HOP);
    router.announce(A, "10.66.0.0/16", "10.99.0.1");

    assertThat(router.kernel).doesNotContainKey("10.66.0.0/16");
    assertThat(router.hiddenReason("10.66.0.0/16", PEER))
        .isEqualTo("next hop unreachable: 10.99.0.1");
  }

  @Test
  void aNextHopThatNoHostHasIsUnusable() {
    router.start("static { route 0.0.0.0/0 next-hop 192.0.2.254; }");
    router.establish(A);
    for (String nextHop : List.of("192.0.2.0", "192.0.2.255", "198.51.100.255")) {
      router.announce(A, "10.66.0.0/16", nextHop);
      assertThat(router.kernel).as(nextHop).doesNotContainKey("10.66.0.0/16");
      assertThat(router.hiddenReason("10.66.0.0/16", PEER))
          .isEqualTo("next hop is no host's address: " + nextHop);
    }
    router.announce(A, "10.66.0.0/16", NEXT_HOP);
    assertThat(router.kernel).containsKey("10.66.0.0/16");
  }

  @Test
  void aGatewayThatIsThisRouterItselfIsUnusableAsLongAsItIs() {
    router.start("");
    router.establish(A);
    router.announce(A, "10.66.0.0/16", NEXT_HOP);
    router.announce(A, "10.67.0.0/16", NEXT_HOP);
    router.ospf("10.66.0.0/16", via("eth1.0", "198.51.100.1"), 10);
    router.ospf("10.67.0.0/16", via("eth1.0", "203.0.113.1"), 10);
    assertThat(router.gateway("10.66.0.0/16")).isEqualTo(NEXT_HOP);
    assertThat(router.gateway("10.67.0.0/16")).as("of another interface").isEqualTo(NEXT_HOP);
    assertThat(router.hiddenReason("10.66.0.0/16", ""))
        .isEqualTo("next hop is this router: 198.51.100.1");
    router.announce(A, "10.68.0.0/16", "10.66.0.1");
    assertThat(router.gateway("10.68.0.0/16")).as("over it").isEqualTo(NEXT_HOP);

    router.addresses(List.of("192.0.2.1/24"), List.of("198.51.100.2/24"), List.of());
    assertThat(router.gateway("10.66.0.0/16")).isEqualTo("198.51.100.1");
    assertThat(router.gateway("10.67.0.0/16")).isEqualTo("203.0.113.1");
    assertThat(router.gateway("10.68.0.0/16")).isEqualTo("198.51.100.1");

    router.addresses(
        List.of("192.0.2.1/24"),
        List.of("198.51.100.2/24", "198.51.100.1/24"),
        List.of("203.0.113.1/24"));
    assertThat(router.gateway("10.66.0.0/16")).isEqualTo(NEXT_HOP);
    assertThat(router.gateway("10.67.0.0/16")).isEqualTo(NEXT_HOP);
    assertThat(router.gateway("10.68.0.0/16")).isEqualTo(NEXT_HOP);
  }

  private static NextHop via(String out, String gateway) {
    return new NextHop.Via(InterfaceName.of(out), Ipv4Address.of(gateway));
  }

  @Test
  void aStaticGatewayThatIsThisRouterItselfIsUnusable() {
    router.start(
        "static { route 10.67.0.0/16 { qualified-next-hop 192.0.2.1 { interface eth0.0; } } }");

    assertThat(router.kernel).doesNotContainKey("10.67.0.0/16");
    assertThat(router.hiddenReason("10.67.0.0/16", "192.0.2.1"))
        .isEqualTo("next hop is this router: 192.0.2.1");
  }

  /** Every link has its own fe80::1. */
  @Test
  void aLinkLocalAddressIsThisRoutersOwnOnItsLinkAlone() {
    router.start(
        "rib inet6.0 { static {"
            + " route 2001:db8:1::/48 { qualified-next-hop fe80::1 { interface eth1.0; } }"
            + " route 2001:db8:2::/48 { qualified-next-hop fe80::1 { interface eth2.0; } } } }");
    router.addresses(List.of("192.0.2.1/24"), List.of("fe80::1/64"), List.of("fe80::2/64"));

    assertThat(router.kernel).containsKey("2001:db8:2::/48").doesNotContainKey("2001:db8:1::/48");
  }

  @Test
  void aStaticGatewayThatNoHostHasIsUnusable() {
    router.start(
        "static { route 10.66.0.0/16 next-hop 192.0.2.255;"
            + " route 10.68.0.0/16 next-hop 127.0.0.1;"
            + " route 10.67.0.0/16 { qualified-next-hop 192.0.2.0 { interface eth0.0; } } }");

    assertThat(router.kernel).doesNotContainKeys("10.66.0.0/16", "10.67.0.0/16");
    assertThat(router.hiddenReason("10.66.0.0/16", ""))
        .isEqualTo("next hop is no host's address: 192.0.2.255");
    assertThat(router.hiddenReason("10.68.0.0/16", ""))
        .isEqualTo("next hop is no host's address: 127.0.0.1");
    assertThat(router.hiddenReason("10.67.0.0/16", "192.0.2.0"))
        .isEqualTo("next hop is no host's address: 192.0.2.0");
  }
}
