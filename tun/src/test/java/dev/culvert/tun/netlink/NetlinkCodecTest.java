package dev.culvert.tun.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRule;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.core.net.Ipv6Prefix;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The codec against annotated bytes, as a little-endian Linux 6 writes and reads them. */
class NetlinkCodecTest {

  @BeforeAll
  static void theBytesHereAreLittleEndian() {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void aRouteByAGatewayIsEncodedWithOnlinkOurProtocolAndMetric() {
    NetlinkWriter out = new NetlinkWriter();
    route(Ipv4Prefix.of("10.1.0.0/16"), new RouteMessage.Hop(7, Ipv4Address.of("10.255.0.2")))
        .encodeInstall(out, 5, true);
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            Octets.ofHex(
                """
                3c000000 1800 0105 05000000 00000000   length 60, RTM_NEWROUTE, CREATE|REPLACE|REQUEST
                02 10 00 00 fe c5 00 01 04000000       AF_INET /16, main, proto 197, unicast, ONLINK
                0800 0100 0a010000                     RTA_DST 10.1.0.0
                0800 0600 14000000                     RTA_PRIORITY 20
                0800 0400 07000000                     RTA_OIF 7
                0800 0500 0aff0002                     RTA_GATEWAY 10.255.0.2
                """
                    .replaceAll("   .*", "")));
  }

  @Test
  void aMultipathRouteIsEncodedWithItsHopsNested() {
    NetlinkWriter out = new NetlinkWriter();
    route(
            Ipv4Prefix.DEFAULT,
            new RouteMessage.Hop(7, Ipv4Address.of("10.255.0.2")),
            new RouteMessage.Hop(8, null))
        .encodeInstall(out, 1, true);
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            Octets.ofHex(
                """
                40000000 1800 0105 01000000 00000000   length 64
                02 00 00 00 fe c5 00 01 00000000       AF_INET /0: no RTA_DST
                0800 0600 14000000                     RTA_PRIORITY 20
                1c00 0900                              RTA_MULTIPATH
                1000 04 00 07000000                    next hop, ONLINK, index 7
                0800 0500 0aff0002                     RTA_GATEWAY 10.255.0.2
                0800 00 00 08000000                    next hop, index 8
                """
                    .replaceAll("   .*", "")));
  }

  @Test
  void aRuleIsDecodedAsIpRuleShowsIt() {
    KernelRule marked =
        rule(
            """
            02 00 10 00 4d 0000 01 00000000        AF_INET, source /16, table 77, to table
            0800 0f00 4d000000                     FRA_TABLE 77
            0800 0e00 ffffffff                     FRA_SUPPRESS_PREFIXLEN -1
            0800 0600 64000000                     FRA_PRIORITY 100
            0800 0a00 01000000                     FRA_FWMARK 1
            0900 0300 6574683000000000             FRA_IIFNAME eth0
            0800 0200 0a010000                     FRA_SRC 10.1.0.0
            """);
    assertThat(marked.toString()).isEqualTo("100: from 10.1.0.0/16 iif eth0 fwmark 0x1 lookup 77");
    assertThat(marked.scope()).isEqualTo(KernelRule.Scope.CHOSEN);
    assertThat(marked.suppressesDefault()).isFalse();
  }

  @Test
  void aRuleForAllButMarkedPacketsIsNobodysChoice() {
    KernelRule rule =
        rule(
            """
            0a 00 00 00 4d 0000 01 02000000        AF_INET6, table 77, to table, inverted
            0800 0600 65000000                     FRA_PRIORITY 101
            0800 0a00 6cca0000                     FRA_FWMARK 0xca6c
            """);
    assertThat(rule.toString()).isEqualTo("101: not from all fwmark 0xca6c lookup 77");
    assertThat(rule.family()).isEqualTo(AddressFamily.INET6);
    assertThat(rule.scope()).isEqualTo(KernelRule.Scope.SOME);
  }

  @Test
  void theRuleOfTheMainTableAsksItForEveryPacket() {
    KernelRule rule =
        rule(
            """
            02 00 00 00 fe 0000 01 00000000        AF_INET, main, to table
            0800 0f00 fe000000                     FRA_TABLE main
            0800 0e00 ffffffff                     FRA_SUPPRESS_PREFIXLEN -1
            0800 0600 fe7f0000                     FRA_PRIORITY 32766
            """);
    assertThat(rule).isEqualTo(KernelRule.all(AddressFamily.INET, 32_766, KernelRule.MAIN));
    assertThat(rule.asksMainTable()).isTrue();
  }

  @Test
  void aProxyEntryIsEncodedWithOurMark() {
    NetlinkWriter out = new NetlinkWriter();
    NeighborMessage.encodeAdd(out, 5, 7, Ipv4Address.of("192.0.2.50"));
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            Octets.ofHex(
                """
                2c000000 1c00 0505 05000000 00000000   length 44, RTM_NEWNEIGH, CREATE|REPLACE|ACK|REQUEST
                02 000000 07000000 0000 08 00          AF_INET, index 7, no state, NTF_PROXY
                0800 0100 c0000232                     NDA_DST 192.0.2.50
                0500 0c00 97000000                     NDA_PROTOCOL of ours
                """
                    .replaceAll("   .*", "")));
    assertThat(NeighborMessage.decode(Octets.copyOf(out.toByteArray()).slice(16, 44).reader()))
        .isEqualTo(new Decoded.Ok<>(new NeighborMessage(7, Ipv4Address.of("192.0.2.50"), 151)));
  }

  @Test
  void aNeighborThatIsNoProxyEntryIsNotTakenForOne() {
    String neighbor =
        """
        02 000000 07000000 0200 00 01          AF_INET, index 7, NUD_REACHABLE
        0800 0100 c0000232                     NDA_DST 192.0.2.50
        """;
    assertThat(NeighborMessage.decode(Octets.ofHex(neighbor.replaceAll("   .*", "")).reader()))
        .isInstanceOf(Decoded.Malformed.class);
  }

  @Test
  void aNeighborIsReadWithItsLinkAddressUnlessTheKernelNeedsNone() {
    String neighbor =
        """
        0a 000000 07000000 0200 80 01          AF_INET6, index 7, NUD_REACHABLE, NTF_ROUTER
        1400 0100 fe800000000000000000000000000001   NDA_DST fe80::1
        0a00 0200 525400ab0102 0000            NDA_LLADDR
        """
            .replaceAll("   .*", "");
    ResolvedNeighbor expected =
        new ResolvedNeighbor(7, Ipv6Address.of("fe80::1"), 0x525400ab0102L, 2, true);
    assertThat(ResolvedNeighborMessage.decode(Octets.ofHex(neighbor).reader()))
        .isEqualTo(new Decoded.Ok<>(expected));
    assertThat(expected.linkAddressText()).isEqualTo("52:54:00:ab:01:02");
    assertThat(expected.stateText()).isEqualTo("reachable");

    String group = neighbor.replace("0200 80 01", "4000 80 01");
    assertThat(ResolvedNeighborMessage.decode(Octets.ofHex(group).reader()))
        .isInstanceOf(Decoded.Malformed.class);
  }

  private static KernelRule rule(String hex) {
    byte[] bytes = Octets.ofHex(hex.replaceAll("   .*", "")).toByteArray();
    return switch (RuleMessage.decode(new WireReader(bytes))) {
      case Decoded.Ok<KernelRule>(KernelRule rule) -> rule;
      case Decoded.Malformed<KernelRule> malformed ->
          throw new AssertionError(malformed.toString());
    };
  }

  @Test
  void aRouteSurvivesEncodingAndDecodingInEveryForm() {
    Ipv6Address global = Ipv6Address.of("2001:db8::1");
    Ipv6Address linkLocal = Ipv6Address.of("fe80::1");
    Ipv4Address ipv4 = Ipv4Address.of("10.255.0.2");
    List<RouteMessage> routes =
        List.of(
            route(Ipv4Prefix.of("192.0.2.1/32"), new RouteMessage.Hop(3, null)),
            route(Ipv4Prefix.of("192.0.2.0/25"), new RouteMessage.Hop(3, linkLocal)),
            route(
                Ipv4Prefix.of("192.0.2.0/25"),
                new RouteMessage.Hop(3, linkLocal),
                new RouteMessage.Hop(4, ipv4)),
            route(Ipv6Prefix.DEFAULT, new RouteMessage.Hop(3, linkLocal)),
            route(
                (Ipv6Prefix) IpPrefix.parse("2001:db8:1::/48").orElseThrow(),
                new RouteMessage.Hop(3, global),
                new RouteMessage.Hop(4, null)),
            new RouteMessage(Ipv4Prefix.DEFAULT, Rtnl.RTN_BLACKHOLE, 197, 254, 20, List.of()));
    for (RouteMessage route : routes) {
      NetlinkWriter out = new NetlinkWriter();
      route.encodeInstall(out, 1, false);
      assertThat(RouteMessage.decode(single(out))).isEqualTo(new Decoded.Ok<>(route));
    }
  }

  @Test
  void aRouteThatIsACachedExceptionIsNotTakenForARoute() {
    assertThat(RouteMessage.decode(reader("0a80 0000 fe020001 00020000 08000400 01000000")))
        .isInstanceOf(Decoded.Malformed.class);
  }

  @Test
  void aTunLinkIsDecodedWithItsFlagsAndPersistence() {
    WireReader in =
        reader(
            """
            00 00 feff 09000000 51100100 00000000   ARPHRD_NONE, index 9, UP|POINTOPOINT|RUNNING|...
            0a00 0300 7374302e3700 0000             IFLA_IFNAME "st0.7"
            0800 0400 9e050000                      IFLA_MTU 1438
            1800 1200                               IFLA_LINKINFO
            0800 0100 74756e00                      IFLA_INFO_KIND "tun"
            0c00 0280                               IFLA_INFO_DATA, nested
            0500 0600 01 000000                     IFLA_TUN_PERSIST
            """
                .replaceAll("   .*", ""));
    assertThat(LinkMessage.decode(in))
        .isEqualTo(new Decoded.Ok<>(new KernelLink(9, "st0.7", 0x11051, 1438, "tun", true)));
  }

  @Test
  void aPointToPointAddressIsOurEndAndNotThePeers() {
    WireReader in =
        reader(
            """
            02 1e 80 00 09000000   AF_INET /30, permanent, index 9
            0800 0100 0aff0002     IFA_ADDRESS: the far end
            0800 0200 0aff0001     IFA_LOCAL
            """
                .replaceAll("   .*", ""));
    assertThat(AddressMessage.decode(in))
        .isEqualTo(
            new Decoded.Ok<>(new KernelAddress(9, InterfaceAddress.of("10.255.0.1/30"), false, 0)));
  }

  @Test
  void anAddressUnderDuplicateDetectionIsTentative() {
    WireReader in =
        reader(
            """
            0a 40 40 00 09000000                              AF_INET6 /64, tentative
            1400 0100 fd000000 00000000 00000000 00000001     IFA_ADDRESS
            0800 0800 c0000000                                IFA_FLAGS permanent, tentative
            0500 0b00 97 000000                               IFA_PROTO 151
            """
                .replaceAll("   .*", ""));
    assertThat(AddressMessage.decode(in))
        .isEqualTo(
            new Decoded.Ok<>(new KernelAddress(9, InterfaceAddress.of("fd00::1/64"), true, 151)));
  }

  @Test
  void anAddressIsAddedWithoutDuplicateDetectionAndWithOurMark() {
    NetlinkWriter out = new NetlinkWriter();
    AddressMessage.encodeAdd(out, 2, 9, InterfaceAddress.of("fd00::1/64"));
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            Octets.ofHex(
                """
                48000000 1400 0506 02000000 00000000              RTM_NEWADDR, CREATE|EXCL|ACK
                0a 40 02 00 09000000                              NODAD
                1400 0200 fd000000 00000000 00000000 00000001     IFA_LOCAL
                1400 0100 fd000000 00000000 00000000 00000001     IFA_ADDRESS
                0500 0b00 97 000000                               IFA_PROTO 151
                """
                    .replaceAll("   .*", "")));
  }

  @Test
  void anAcknowledgmentCarriesTheKernelsOwnWords() {
    NetlinkMessage message =
        single(
            """
            30000000 0200 0003 07000000 00000000    NLMSG_ERROR, CAPPED|ACK_TLVS, sequence 7
            eaffffff                                -22
            3c000000 1800 0505 07000000 00000000    the request's header
            0a00 0100 6e6f2077 6179 0000            NLMSGERR_ATTR_MSG "no way"
            """
                .replaceAll("   .*", ""));
    assertThat(message.sequence()).isEqualTo(7);
    assertThat(Acknowledgment.decode(message))
        .isEqualTo(new Decoded.Ok<>(new Acknowledgment(22, "no way")));
  }

  @Test
  void aMessageShorterThanItsHeaderEndsTheDatagram() {
    assertThat(NetlinkMessage.decodeAll(reader("0f000000 1000 0000 00000000 00000000")))
        .isInstanceOf(Decoded.Malformed.class);
    assertThat(NetlinkMessage.decodeAll(reader("00000000 1000 0000 00000000 00000000")))
        .isInstanceOf(Decoded.Malformed.class);
    assertThat(NetlinkMessage.decodeAll(reader("ffffffff 1000 0000 00000000 00000000")))
        .isInstanceOf(Decoded.Malformed.class);
  }

  @Test
  void aDumpAsksForOneTable() {
    NetlinkWriter out = new NetlinkWriter();
    RouteMessage.encodeDump(out, 3, AddressFamily.INET6, 254);
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(Octets.ofHex("1c000000 1a000103 03000000 00000000 0a000000 fe000000 00000000"));
  }

  @Test
  void anyBytesAreDecodedWithoutAnException() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(120)];
      for (int at = 0; at < bytes.length; at++) {
        // Small numbers make plausible lengths and types.
        bytes[at] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(12));
      }
      assertThat(decodesEverything(bytes)).as("seed %d round %d", seed, i).isTrue();
    }
  }

  private static boolean decodesEverything(byte[] bytes) {
    return LinkMessage.decode(new WireReader(bytes)) != null
        && AddressMessage.decode(new WireReader(bytes)) != null
        && RouteMessage.decode(new WireReader(bytes)) != null
        && NetlinkMessage.decodeAll(new WireReader(bytes)) != null;
  }

  @Test
  void aTableOfInterfacesFollowsRenamesAndReplacements() {
    InterfaceTable table = new InterfaceTable();
    table.put(new KernelLink(3, "eth0", 0, 1500, "", false));
    table.put(new KernelLink(3, "wan0", 0, 1500, "", false));
    table.put(new KernelLink(4, "eth0", 0, 1500, "", false));
    assertThat(table.index(InterfaceName.of("wan0"))).isEqualTo(3);
    assertThat(table.index(InterfaceName.of("eth0"))).isEqualTo(4);
    table.put(new KernelLink(5, "eth0", 0, 1500, "", false));
    assertThat(table.index(InterfaceName.of("eth0"))).isEqualTo(5);
    table.remove(4);
    assertThat(table.index(InterfaceName.of("eth0"))).isEqualTo(5);
    table.remove(5);
    assertThat(table.index(InterfaceName.of("eth0"))).isZero();
  }

  @Test
  void aBlackholeIsShownWithoutTheLoopbackDeviceThatIpv6NamesForIt() {
    RouteMessage message =
        new RouteMessage(
            Ipv6Prefix.DEFAULT,
            Rtnl.RTN_BLACKHOLE,
            197,
            254,
            20,
            List.of(new RouteMessage.Hop(1, null)));
    assertThat(new InterfaceTable().route(message))
        .isEqualTo(
            new KernelRoute(
                new FibEntry(TableId.INET6, Ipv6Prefix.DEFAULT, FibEntry.Kind.BLACKHOLE, List.of()),
                197,
                20));
  }

  /** RTN_LOCAL, RTN_ANYCAST, RTN_PROHIBIT, RTN_THROW, RTN_NAT: others may have any. */
  @ParameterizedTest
  @ValueSource(strings = {"02", "04", "08", "09", "0a"})
  void aRouteOfAnyTypeIsARoute(String type) {
    RouteMessage message =
        switch (RouteMessage.decode(
            reader(
                "0210 0000 fe0400 %s 00000000 08000100 0a090000 08000600 14000000 08000400 01000000"
                    .formatted(type)))) {
          case Decoded.Ok<RouteMessage>(var route) -> route;
          case Decoded.Malformed<RouteMessage>(var fault) ->
              throw new AssertionError(fault.toString());
        };
    assertThat(new InterfaceTable().route(message))
        .isEqualTo(
            new KernelRoute(
                new FibEntry(
                    TableId.INET, Ipv4Prefix.of("10.9.0.0/16"), FibEntry.Kind.OTHER, List.of()),
                4,
                20));
  }

  private static RouteMessage route(IpPrefix prefix, RouteMessage.Hop... hops) {
    return new RouteMessage(prefix, Rtnl.RTN_UNICAST, 197, 254, 20, List.of(hops));
  }

  private static WireReader single(NetlinkWriter out) {
    return messages(new WireReader(out.toByteArray())).getFirst().payload();
  }

  private static NetlinkMessage single(String hex) {
    return messages(reader(hex)).getFirst();
  }

  private static List<NetlinkMessage> messages(WireReader in) {
    return switch (NetlinkMessage.decodeAll(in)) {
      case Decoded.Ok<List<NetlinkMessage>>(var messages) -> messages;
      case Decoded.Malformed<List<NetlinkMessage>>(var fault) ->
          throw new AssertionError(fault.toString());
    };
  }

  private static WireReader reader(String hex) {
    return Octets.ofHex(hex).reader();
  }
}
