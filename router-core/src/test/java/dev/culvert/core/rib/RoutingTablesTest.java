package dev.culvert.core.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutingTablesTest {
  private static final InterfaceName WAN = InterfaceName.of("eth0.0");
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final InterfaceName ST1 = InterfaceName.of("st0.1");
  private static final IpPrefix DEFAULT = Ipv4Prefix.DEFAULT;
  private static final IpPrefix LAN = Ipv4Prefix.of("172.16.0.0/16");

  private final RoutingTables tables = new RoutingTables();
  private final TreeMap<InterfaceName, InterfaceState> interfaces = new TreeMap<>();
  private Instant now = Instant.EPOCH;

  @BeforeEach
  void threeInterfacesAreUp() {
    set(WAN, true, "198.51.100.2/24");
    set(ST0, true, "10.0.0.1/30");
    set(ST1, true, "10.0.1.1/30");
  }

  @Test
  void anAddressOfAnInterfaceMakesADirectAndALocalRoute() {
    assertThat(active("198.51.100.0/24")).isEqualTo(new NextHop.Via(WAN, null));
    assertThat(active("198.51.100.2/32")).isEqualTo(new NextHop.Local(WAN));
    set(WAN, false, "198.51.100.2/24");
    assertThat(tables.table(TableId.INET).entry(Ipv4Prefix.of("198.51.100.2/32"))).isNull();
  }

  @Test
  void linkLocalAddressesMakeNoRoutes() {
    set(ST1, true, "fe80::1/64", "2001:db8::1/64");
    assertThat(tables.table(TableId.INET6).entries())
        .extracting(RouteEntry::prefix)
        .containsExactly(six("2001:db8::/64"), six("2001:db8::1/128"));
  }

  @Test
  void aTableIsReadInPartsThatJoinToTheWhole() {
    RoutingTable table = tables.table(TableId.INET);
    for (IpPrefix within : List.of(Ipv4Prefix.DEFAULT, Ipv4Prefix.of("10.0.0.0/30"))) {
      List<RouteEntry> joined = new ArrayList<>();
      List<RouteEntry> part;
      do {
        IpPrefix after = joined.isEmpty() ? null : joined.getLast().prefix();
        part = table.entriesWithin(within, after, 2);
        joined.addAll(part);
      } while (part.size() == 2);
      assertThat(joined)
          .isNotEmpty()
          .isEqualTo(table.entries().stream().filter(e -> within.covers(e.prefix())).toList());
    }
  }

  @Test
  void theLowerPreferenceWinsAndTheOtherTakesOverWhenItsInterfaceFails() {
    announce(route(LAN, RouteProtocol.STATIC, "st0.1", 7, new NextHop.Via(ST1, null)));
    announce(route(LAN, RouteProtocol.STATIC, "st0.0", 5, new NextHop.Via(ST0, null)));
    assertThat(active("172.16.0.0/16")).isEqualTo(new NextHop.Via(ST0, null));

    List<RibDelta> deltas = set(ST0, false, "10.0.0.1/30");

    assertThat(deltas).extracting(RibDelta::prefix).contains(LAN);
    assertThat(active("172.16.0.0/16")).isEqualTo(new NextHop.Via(ST1, null));
    assertThat(hidden(LAN)).containsExactly("interface down: st0.0");
  }

  @Test
  void aBgpNextHopFollowsTheInteriorRouteItResolvesThrough() {
    announce(bgp(LAN, "192.0.2.9"));
    assertThat(hidden(LAN)).containsExactly("next hop unreachable: 192.0.2.9");
    IpPrefix loopbacks = Ipv4Prefix.of("192.0.2.0/24");
    announce(route(loopbacks, RouteProtocol.OSPF_INTERNAL, "", 10, via(ST0, "10.0.0.2")));
    assertThat(active("172.16.0.0/16")).isEqualTo(via(ST0, "10.0.0.2"));

    List<RibDelta> deltas =
        announce(
            route(
                loopbacks,
                RouteProtocol.OSPF_INTERNAL,
                "",
                10,
                via(ST0, "10.0.0.2"),
                via(ST1, "10.0.1.2")));

    assertThat(deltas).extracting(RibDelta::prefix).containsExactlyInAnyOrder(loopbacks, LAN);
    assertThat(Objects.requireNonNull(tables.table(TableId.INET).active(LAN)).resolved())
        .containsExactly(via(ST0, "10.0.0.2"), via(ST1, "10.0.1.2"));
  }

  @Test
  void theAgeOfARouteSurvivesAChangeOfItsNextHops() {
    IpPrefix loopbacks = Ipv4Prefix.of("192.0.2.0/24");
    announce(route(loopbacks, RouteProtocol.OSPF_INTERNAL, "", 10, via(ST0, "10.0.0.2")));
    announce(bgp(LAN, "192.0.2.9"));
    now = now.plusSeconds(60);
    announce(route(loopbacks, RouteProtocol.OSPF_INTERNAL, "", 10, via(ST1, "10.0.1.2")));
    assertThat(Objects.requireNonNull(tables.table(TableId.INET).active(LAN)).since())
        .isEqualTo(Instant.EPOCH);
  }

  @Test
  void aStaticNextHopMustBeConnectedOrKnownByTheInteriorProtocol() {
    announce(route(DEFAULT, RouteProtocol.STATIC, "", 5, new NextHop.Discard()));
    announce(
        route(
            LAN,
            RouteProtocol.STATIC,
            "",
            5,
            new NextHop.Recursive(Ipv4Address.of("203.0.113.1"))));
    assertThat(hidden(LAN)).containsExactly("next hop unreachable: 203.0.113.1");
    announce(
        route(
            LAN,
            RouteProtocol.STATIC,
            "",
            5,
            new NextHop.Recursive(Ipv4Address.of("198.51.100.1"))));
    assertThat(active("172.16.0.0/16")).isEqualTo(via(WAN, "198.51.100.1"));
  }

  @Test
  void ourOwnAddressIsNoNextHop() {
    announce(bgp(LAN, "198.51.100.2"));
    assertThat(hidden(LAN)).containsExactly("next hop is this router: 198.51.100.2");
  }

  @Test
  void twoRoutesThatNeedEachOtherAreBothHidden() {
    announce(bgp(Ipv4Prefix.of("172.16.0.0/24"), "172.17.0.1"));
    announce(bgp(Ipv4Prefix.of("172.17.0.0/24"), "172.16.0.1"));
    assertThat(tables.table(TableId.INET).lookup(Ipv4Address.of("172.16.0.1"))).isNull();
    assertThat(tables.table(TableId.INET).lookup(Ipv4Address.of("172.17.0.1"))).isNull();
  }

  @Test
  void aTrackedNextHopReportsItsInteriorMetric() {
    IpAddress nextHop = Ipv4Address.of("192.0.2.9");
    assertThat(tables.trackNextHop(TableId.INET, nextHop)).isNull();
    IpPrefix host = IpPrefix.host(nextHop);
    Route route =
        new Route(
            host,
            new RouteSource(RouteProtocol.OSPF_INTERNAL, ""),
            10,
            42,
            0,
            List.of(via(ST0, "10.0.0.2")),
            new RouteDetail.None());
    announce(route);
    ResolvedNextHop resolved = new ResolvedNextHop(nextHop, 42);
    assertThat(tables.takeNextHopChanges())
        .containsExactly(new NextHopChange(TableId.INET, nextHop, resolved));
    assertThat(tables.takeNextHopChanges()).isEmpty();
    tables.apply(
        List.of(new RouteUpdate.Withdraw(TableId.of(host.family()), host, route.source())), now);
    assertThat(tables.takeNextHopChanges())
        .containsExactly(new NextHopChange(TableId.INET, nextHop, null));
  }

  @Test
  void aNextHopThatBgpAloneLeadsToIsReachedAtACostNobodyKnows() {
    IpAddress nextHop = Ipv4Address.of("172.16.0.9");
    tables.trackNextHop(TableId.INET, nextHop);

    announce(bgp(Ipv4Prefix.of("172.16.0.0/24"), "10.0.0.2"));

    assertThat(tables.takeNextHopChanges())
        .containsExactly(
            new NextHopChange(
                TableId.INET, nextHop, new ResolvedNextHop(nextHop, ResolvedNextHop.UNKNOWN_COST)));
  }

  @Test
  void aRouteThatWouldCarryTheTunnelIntoItselfIsHidden() {
    announce(route(DEFAULT, RouteProtocol.STATIC, "", 5, via(WAN, "198.51.100.1")));
    tunnels(ST0, "192.0.2.1", null, null);
    IpPrefix far = Ipv4Prefix.of("192.0.2.0/24");
    announce(route(far, RouteProtocol.OSPF_INTERNAL, "", 10, via(ST0, "10.0.0.2")));
    assertThat(hidden(far))
        .containsExactly("tunnel-recursion: st0.0 outer 192.0.2.1 would be routed into st0.0");
    assertThat(
            Objects.requireNonNull(tables.table(TableId.INET).lookup(Ipv4Address.of("192.0.2.1")))
                .resolved())
        .containsExactly(via(WAN, "198.51.100.1"));

    tunnels(ST0, "203.0.113.1", null, null);

    assertThat(active("192.0.2.0/24")).isEqualTo(via(ST0, "10.0.0.2"));
  }

  @Test
  void aRingOfTwoTunnelsIsBrokenAtTheSecondAndHealsWhenTheFirstMoves() {
    tunnels(ST0, "192.0.2.1", ST1, "203.0.113.1");
    IpPrefix first = Ipv4Prefix.of("192.0.2.0/24");
    IpPrefix second = Ipv4Prefix.of("203.0.113.0/24");
    announce(route(second, RouteProtocol.STATIC, "", 5, new NextHop.Via(ST0, null)));
    announce(route(first, RouteProtocol.STATIC, "", 5, new NextHop.Via(ST1, null)));
    assertThat(hidden(second))
        .containsExactly(
            "tunnel-recursion: st0.1 outer 203.0.113.1 would be routed into st0.0, then st0.1");
    assertThat(hidden(first)).isEmpty();

    announce(route(first, RouteProtocol.STATIC, "", 5, via(WAN, "198.51.100.1")));

    assertThat(hidden(second)).isEmpty();
  }

  @Test
  void aRingAcrossBothFamiliesIsBrokenToo() {
    tunnels(ST0, "192.0.2.1", ST1, "2001:db8:1::1");
    announce(
        route(
            Ipv4Prefix.of("192.0.2.0/24"),
            RouteProtocol.STATIC,
            "",
            5,
            new NextHop.Via(ST1, null)));
    IpPrefix far = six("2001:db8:1::/48");
    announce(route(far, RouteProtocol.STATIC, "", 5, new NextHop.Via(ST0, null)));
    RouteEntry entry = Objects.requireNonNull(tables.table(TableId.INET6).entry(far));
    assertThat(entry.candidates().getFirst().hiddenReason()).startsWith("tunnel-recursion: st0.1");
  }

  @Test
  void countsTellDestinationsRoutesAndHiddenOnesByProtocol() {
    announce(bgp(LAN, "192.0.2.9"));
    RouteCounts counts = tables.table(TableId.INET).counts();
    assertThat(counts.table()).isEqualTo("inet.0");
    assertThat(counts.destinations()).isEqualTo(7);
    assertThat(counts.routes()).isEqualTo(7);
    assertThat(counts.active()).isEqualTo(6);
    assertThat(counts.hidden()).isEqualTo(1);
    assertThat(counts.byProtocol().sequencedKeySet())
        .containsExactly(RouteProtocol.DIRECT, RouteProtocol.LOCAL, RouteProtocol.BGP);
  }

  private List<RibDelta> announce(Route route) {
    return tables.apply(
        List.of(new RouteUpdate.Announce(TableId.of(route.prefix().family()), route)), now);
  }

  private List<RibDelta> set(InterfaceName name, boolean up, String... addresses) {
    interfaces.put(
        name,
        new InterfaceState(
            name,
            1,
            up,
            name.isSecureTunnel(),
            false,
            1500,
            Stream.of(addresses).map(InterfaceAddress::of).toList()));
    InterfaceChanges changes = InterfaceChanges.of(List.copyOf(interfaces.values()));
    return tables.interfacesChanged(changes, now);
  }

  private void tunnels(
      InterfaceName a, String outerA, @Nullable InterfaceName b, @Nullable String outerB) {
    TreeMap<InterfaceName, SortedSet<IpAddress>> tunnels = new TreeMap<>();
    tunnels.put(a, outer(outerA));
    if (b != null && outerB != null) {
      tunnels.put(b, outer(outerB));
    }
    tables.tunnelsChanged(TableId.MASTER, tunnels, now);
  }

  private static SortedSet<IpAddress> outer(String... addresses) {
    SortedSet<IpAddress> all = new TreeSet<>();
    Stream.of(addresses).forEach(a -> all.add(IpAddress.parse(a).orElseThrow()));
    return all;
  }

  private NextHop active(String prefix) {
    return Objects.requireNonNull(tables.table(TableId.INET).active(Ipv4Prefix.of(prefix)), prefix)
        .resolved()
        .getFirst();
  }

  private List<String> hidden(IpPrefix prefix) {
    List<String> reasons = new ArrayList<>();
    Objects.requireNonNull(tables.table(TableId.INET).entry(prefix))
        .candidates()
        .forEach(c -> {
          if (c.hiddenReason() != null) {
            reasons.add(c.hiddenReason());
          }
        });
    return reasons;
  }

  private static IpPrefix six(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  private static Route bgp(IpPrefix prefix, String nextHop) {
    return route(
        prefix, RouteProtocol.BGP, "peer", 170, new NextHop.Recursive(Ipv4Address.of(nextHop)));
  }

  private static NextHop via(InterfaceName out, String gateway) {
    return new NextHop.Via(out, Ipv4Address.of(gateway));
  }

  private static Route route(
      IpPrefix prefix, RouteProtocol protocol, String instance, long preference, NextHop... hops) {
    return new Route(
        prefix,
        new RouteSource(protocol, instance),
        preference,
        0,
        0,
        List.of(hops),
        new RouteDetail.None());
  }
}
