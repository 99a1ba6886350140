package dev.culvert.daemon.show;

import dev.culvert.bfd.operational.BfdSessionStatus;
import dev.culvert.bfd.operational.BfdStatistics;
import dev.culvert.bfd.packet.BfdDiagnostic;
import dev.culvert.bfd.packet.BfdState;
import dev.culvert.bgp.operational.BgpNeighbor;
import dev.culvert.bgp.operational.BgpSummary;
import dev.culvert.bgp.operational.PeerRoute;
import dev.culvert.bgp.operational.PrefixCounts;
import dev.culvert.bgp.session.ErrorCounts;
import dev.culvert.bgp.session.MessageCounts;
import dev.culvert.bgp.session.SessionState;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.path.AsPath;
import dev.culvert.core.path.Communities;
import dev.culvert.core.path.Origin;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteCounts;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteEntry;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.rpm.IpMonitoring;
import dev.culvert.engine.rpm.IpMonitoringPolicy;
import dev.culvert.engine.rpm.RpmResults;
import dev.culvert.engine.rpm.RpmTest;
import dev.culvert.engine.system.NextHopTunnel;
import dev.culvert.ipsec.config.ChildSelectors;
import dev.culvert.ipsec.esp.DropCause;
import dev.culvert.ipsec.forwarding.DataPathCounters;
import dev.culvert.ipsec.forwarding.TunnelCounters;
import dev.culvert.ipsec.ike.operational.AdvpnView;
import dev.culvert.ipsec.ike.operational.DownReason;
import dev.culvert.ipsec.ike.operational.ExchangeCounts;
import dev.culvert.ipsec.ike.operational.IkeSaView;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.ike.operational.IpsecSaView;
import dev.culvert.ipsec.ike.operational.SelectorView;
import dev.culvert.ipsec.ike.operational.ShortcutCounts;
import dev.culvert.ipsec.ike.operational.ShortcutView;
import dev.culvert.ipsec.ike.operational.VpnStateView;
import dev.culvert.ipsec.sa.EspAlgorithm;
import dev.culvert.ipsec.sa.SaTraffic;
import dev.culvert.ipsec.sa.SelectorPrefixes;
import dev.culvert.ipsec.sa.Spi;
import dev.culvert.ipsec.sa.TrafficSelector;
import dev.culvert.ospf.config.NetworkType;
import dev.culvert.ospf.neighbor.NeighborState;
import dev.culvert.ospf.neighbor.OspfInterfaceState;
import dev.culvert.ospf.operational.OspfDatabaseEntry;
import dev.culvert.ospf.operational.OspfInterfaceStatus;
import dev.culvert.ospf.operational.OspfNeighborStatus;
import dev.culvert.ospf.operational.OspfOverview;
import dev.culvert.ospf.operational.OspfStatistics;
import dev.culvert.ospf.packet.AreaId;
import dev.culvert.ospf.packet.LsaHeader;
import dev.culvert.ospf.packet.NetworkLsa;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/** A branch with one tunnel up and one down, as its engines would report it. */
public final class SampleRecords {
  public static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final InterfaceName ST1 = InterfaceName.of("st0.1");
  private static final RouterId HUB = RouterId.of("10.255.0.2");

  private SampleRecords() {}

  private static Ipv4Address v4(String text) {
    return Ipv4Address.of(text);
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }

  private static Endpoint endpoint(String address, int port) {
    return new Endpoint(IpAddress.parse(address).orElseThrow(), port);
  }

  public static List<InterfaceState> interfaces() {
    return List.of(
        new InterfaceState(
            InterfaceName.of("eth0.0"),
            2,
            true,
            false,
            false,
            1500,
            List.of(InterfaceAddress.of("192.0.2.2/30"), InterfaceAddress.of("2001:db8::2/64"))),
        new InterfaceState(InterfaceName.of("eth1.0"), 3, false, false, false, 1500, List.of()),
        new InterfaceState(
            ST0, 7, true, true, false, 1438, List.of(InterfaceAddress.of("10.0.0.1/30"))),
        new InterfaceState(
            ST1, 8, false, true, false, 1438, List.of(InterfaceAddress.of("10.0.0.5/30"))));
  }

  static SortedMap<String, DeviceCounters> deviceCounters() {
    return DeviceCounters.parse(
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:     500       5    0    0    0     0          0         0      500       5    0    0    0     0       0          0
          eth0: 1234567    4321    1    2    0     0          0         0  7654321    8765    3    4    0     0       0          0
        """
            .lines()
            .toList());
  }

  static List<LinkNeighbor> linkNeighbors() {
    InterfaceName lan = InterfaceName.of("eth0.0");
    return List.of(
        new LinkNeighbor(lan, v4("192.0.2.1"), "52:54:00:ab:01:02", "reachable", false),
        new LinkNeighbor(
            lan, IpAddress.parse("2001:db8::1").orElseThrow(), "52:54:00:ab:01:02", "stale", true));
  }

  public static RouteCounts counts(AddressFamily family) {
    if (family == AddressFamily.INET6) {
      return new RouteCounts("inet6.0", 0, 0, 0, 0, 0, new LinkedHashMap<>());
    }
    SequencedMap<RouteProtocol, RouteCounts.OfProtocol> of = new LinkedHashMap<>();
    of.put(RouteProtocol.STATIC, new RouteCounts.OfProtocol(2, 1, 1));
    of.put(RouteProtocol.BGP, new RouteCounts.OfProtocol(1, 1, 0));
    return new RouteCounts("inet.0", 4, 6, 4, 0, 1, of);
  }

  private static RouteEntry.Candidate candidate(
      RouteProtocol protocol,
      String of,
      boolean active,
      String hidden,
      NextHop hop,
      NextHop resolved,
      long metric,
      RouteDetail detail) {
    Route route =
        new Route(
            prefix(of),
            new RouteSource(protocol, ""),
            protocol.defaultPreference(),
            metric,
            0,
            List.of(hop),
            detail);
    return new RouteEntry.Candidate(
        route,
        active,
        hidden,
        NOW.minusSeconds(17),
        hidden != null ? List.of() : List.of(resolved == null ? hop : resolved));
  }

  public static List<RouteEntry> routes() {
    NextHop hub = new NextHop.Via(ST0, v4("10.0.0.2"));
    RouteDetail.Bgp bgp =
        new RouteDetail.Bgp(
            100,
            5L,
            AsPath.sequence(65001L, 65002L),
            Origin.IGP,
            Communities.parse(List.of("65001:7")).orElseThrow(),
            v4("10.255.0.2"),
            HUB,
            65001,
            true,
            v4("10.255.0.2"),
            0,
            null);
    return List.of(
        new RouteEntry(
            prefix("10.0.0.0/30"),
            List.of(
                candidate(
                    RouteProtocol.DIRECT,
                    "10.0.0.0/30",
                    true,
                    null,
                    new NextHop.Via(ST0, null),
                    null,
                    0,
                    new RouteDetail.None()))),
        new RouteEntry(
            prefix("10.2.0.0/24"),
            List.of(
                candidate(
                    RouteProtocol.OSPF_INTERNAL,
                    "10.2.0.0/24",
                    true,
                    null,
                    hub,
                    null,
                    11,
                    new RouteDetail.Ospf(RouteDetail.OspfPathType.INTRA_AREA, 0, HUB)),
                candidate(
                    RouteProtocol.BGP,
                    "10.2.0.0/24",
                    false,
                    null,
                    new NextHop.Recursive(v4("10.255.0.2")),
                    hub,
                    0,
                    bgp))),
        new RouteEntry(
            prefix("198.51.100.2/32"),
            List.of(
                candidate(
                    RouteProtocol.STATIC,
                    "198.51.100.2/32",
                    true,
                    null,
                    new NextHop.Recursive(v4("192.0.2.1")),
                    new NextHop.Via(InterfaceName.of("eth0.0"), v4("192.0.2.1")),
                    0,
                    new RouteDetail.Static(0)),
                candidate(
                    RouteProtocol.OSPF_EXTERNAL,
                    "198.51.100.2/32",
                    false,
                    "would carry the tunnel st0.0 into itself",
                    hub,
                    null,
                    20,
                    new RouteDetail.Ospf(RouteDetail.OspfPathType.TYPE_2_EXTERNAL, 9, HUB)))),
        new RouteEntry(
            prefix("203.0.113.0/24"),
            List.of(
                candidate(
                    RouteProtocol.STATIC,
                    "203.0.113.0/24",
                    true,
                    null,
                    new NextHop.Discard(),
                    null,
                    0,
                    new RouteDetail.Static(3)))));
  }

  public static List<FibEntry> forwardingTable() {
    return List.of(
        new FibEntry(
            TableId.INET,
            prefix("10.2.0.0/24"),
            FibEntry.Kind.UNICAST,
            List.of(new FibEntry.Hop(ST0, v4("10.0.0.2")), new FibEntry.Hop(ST1, null))),
        new FibEntry(TableId.INET, prefix("203.0.113.0/24"), FibEntry.Kind.BLACKHOLE, List.of()));
  }

  public static List<OspfNeighborStatus> ospfNeighbors() {
    return List.of(
        new OspfNeighborStatus(
            v4("10.0.0.2"),
            ST0,
            NeighborState.FULL,
            HUB,
            128,
            Duration.ofSeconds(35),
            AreaId.BACKBONE,
            0x52,
            Ipv4Address.ANY,
            Ipv4Address.ANY,
            Duration.ofMinutes(61),
            Duration.ofMinutes(60),
            6,
            0,
            0,
            true));
  }

  public static List<OspfInterfaceStatus> ospfInterfaces() {
    return List.of(
        new OspfInterfaceStatus(
            InterfaceName.of("eth2.0"),
            OspfInterfaceState.DR,
            AreaId.BACKBONE,
            RouterId.of("10.255.0.1"),
            new RouterId(0),
            0,
            NetworkType.BROADCAST,
            v4("10.1.0.1"),
            v4("255.255.255.0"),
            1500,
            1,
            0,
            true,
            128,
            v4("10.1.0.1"),
            Ipv4Address.ANY,
            Duration.ofSeconds(10),
            Duration.ofSeconds(40),
            Duration.ofSeconds(5),
            "None",
            null),
        new OspfInterfaceStatus(
            ST0,
            OspfInterfaceState.POINT_TO_POINT,
            AreaId.BACKBONE,
            new RouterId(0),
            new RouterId(0),
            1,
            NetworkType.POINT_TO_POINT,
            v4("10.0.0.1"),
            v4("255.255.255.252"),
            1438,
            10,
            1,
            false,
            128,
            Ipv4Address.ANY,
            Ipv4Address.ANY,
            Duration.ofSeconds(10),
            Duration.ofSeconds(40),
            Duration.ofSeconds(5),
            "MD5",
            7));
  }

  public static List<OspfDatabaseEntry> ospfDatabase() {
    NetworkLsa any = new NetworkLsa(24, List.of(HUB));
    return List.of(
        new OspfDatabaseEntry(
            new LsaHeader(
                12, 0x22, 1, v4("10.255.0.1"), RouterId.of("10.255.0.1"), 0x80000004, 0xbeef, 84),
            any,
            true),
        new OspfDatabaseEntry(
            new LsaHeader(900, 0x22, 5, v4("10.9.0.0"), HUB, 0x80000001, 0x1234, 36), any, false));
  }

  public static OspfOverview ospfOverview() {
    return new OspfOverview(
        RouterId.of("10.255.0.1"), true, Duration.ofMinutes(50), 0, 1, 1, 2, 7, 3, false, 500_000);
  }

  public static OspfStatistics ospfStatistics() {
    return new OspfStatistics(
        map("Hello", 100, "DbD", 4),
        map("Hello", 98, "DbD", 5),
        1,
        12,
        2,
        3,
        11,
        6,
        7,
        1_500_000,
        0,
        0,
        map("wrong area", 2, "bad checksum", 1));
  }

  public static SequencedMap<String, Long> map(String one, long first, String two, long second) {
    SequencedMap<String, Long> map = new LinkedHashMap<>();
    map.put(one, first);
    map.put(two, second);
    return map;
  }

  public static BgpSummary bgpSummary(List<BgpNeighbor> neighbors) {
    return new BgpSummary(1, 1, 0, new BgpSummary.TableCounts(3, 2, 0, 0, 0, 0), neighbors);
  }

  public static List<BgpNeighbor> bgpNeighbors() {
    return List.of(
        bgpNeighbor("10.255.0.2", SessionState.ESTABLISHED),
        bgpNeighbor("10.255.0.3", SessionState.ACTIVE));
  }

  public static BgpNeighbor bgpNeighbor(String address, SessionState state) {
    boolean up = state == SessionState.ESTABLISHED;
    return new BgpNeighbor(
        v4(address),
        true,
        "hub",
        up ? "the hub" : null,
        65000,
        65000,
        up ? endpoint("10.255.0.1", 40123) : null,
        up ? endpoint(address, 179) : null,
        "Internal",
        state,
        List.of("Sync"),
        SessionState.OPEN_CONFIRM,
        "RecvKeepAlive",
        "None",
        null,
        List.of("second-lan"),
        List.of(),
        List.of("Preference", "LocalAddress"),
        Duration.ofSeconds(90),
        170,
        1,
        up ? HUB : null,
        RouterId.of("10.255.0.1"),
        Duration.ofSeconds(90),
        Duration.ofSeconds(30),
        0,
        "enabled, up",
        up ? ST0 : null,
        List.of("inet-unicast"),
        List.of("inet-unicast"),
        true,
        true,
        true,
        true,
        new PrefixCounts(2, 3, 3, 0, 1, 0, 0),
        new MessageCounts(40, 3, 0, 0, 36, 1, 1200),
        new MessageCounts(38, 1, 0, 0, 36, 1, 900),
        ErrorCounts.NONE,
        NOW.minusSeconds(4),
        NOW.minusSeconds(9),
        NOW.minusSeconds(348));
  }

  public static List<PeerRoute> peerRoutes() {
    return List.of(
        new PeerRoute(prefix("10.2.1.0/24"), true, null, "10.255.0.2", 5L, 100L, "I", List.of()),
        new PeerRoute(
            prefix("10.2.2.0/24"),
            false,
            "next hop unreachable: 10.9.9.9",
            "10.9.9.9",
            null,
            100L,
            "I",
            List.of()));
  }

  public static List<BfdSessionStatus> bfdSessions() {
    return List.of(
        new BfdSessionStatus(
            ST0,
            v4("10.0.0.2"),
            List.of(),
            BfdState.UP,
            BfdState.UP,
            Duration.ofMillis(150),
            Duration.ofMillis(50),
            3,
            NOW.minusSeconds(3600),
            Duration.ofSeconds(77),
            BfdDiagnostic.NONE,
            BfdDiagnostic.NEIGHBOR_SIGNALED_SESSION_DOWN,
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            Duration.ofMillis(50),
            3,
            11,
            12,
            true,
            false,
            100,
            99,
            1,
            0));
  }

  public static BfdStatistics bfdStatistics() {
    SequencedMap<BfdStatistics.DropCause, Long> dropped = new LinkedHashMap<>();
    dropped.put(BfdStatistics.DropCause.TTL, 2L);
    return new BfdStatistics(1, 1, 100, 99, dropped);
  }

  public static List<IkeSaView> ikeSas() {
    return List.of(
        new IkeSaView(
            3,
            "hub-a",
            true,
            "established",
            true,
            "00112233aabbccdd",
            "99887766eeff0011",
            endpoint("192.0.2.2", 4500),
            endpoint("198.51.100.2", 4500),
            "branch.example.net",
            "hub.example.net",
            "Pre-shared-keys",
            "aes256-gcm",
            "none",
            "hmac-sha256",
            "DH-group-19",
            NOW.minusSeconds(600),
            Duration.ofSeconds(28200),
            Duration.ofSeconds(25000),
            false,
            true,
            true,
            true,
            1500,
            true,
            20,
            2000,
            22,
            2200,
            1,
            new LinkedHashMap<>(),
            2,
            1,
            0,
            List.of(131073),
            AdvpnView.NONE));
  }

  public static List<IpsecSaView> ipsecSas() {
    return List.of(ipsecSa(new Spi(0x1a2b3c4d), new Spi(0x5e6f7081), OptionalInt.empty()));
  }

  /** The same tunnel with a pair for each of two queues. */
  public static List<IpsecSaView> ipsecSasOfTwoQueues() {
    return List.of(
        ipsecSa(new Spi(0x1a2b3c4d), new Spi(0x5e6f7081), OptionalInt.of(1)),
        ipsecSa(new Spi(0x2a2b3c4e), new Spi(0x6e6f7082), OptionalInt.of(0)));
  }

  private static IpsecSaView ipsecSa(Spi inbound, Spi outbound, OptionalInt queue) {
    return ipsecSa(inbound, outbound, queue, true, new SaTraffic(10, 1000, 12, 1200, 0));
  }

  /** A pair that so many packets have gone through. */
  public static IpsecSaView ipsecSa(long received, long sent, boolean udpEncapsulated) {
    return ipsecSa(
        new Spi(0x1a2b3c4d),
        new Spi(0x5e6f7081),
        OptionalInt.empty(),
        udpEncapsulated,
        new SaTraffic(received, received * 100, sent, sent * 100, 0));
  }

  private static IpsecSaView ipsecSa(
      Spi inbound, Spi outbound, OptionalInt queue, boolean udpEncapsulated, SaTraffic traffic) {
    return new IpsecSaView(
        131073,
        "to-hub-a",
        "",
        "hub-a",
        "hub",
        ST0,
        endpoint("192.0.2.2", 4500),
        endpoint("198.51.100.2", 4500),
        EspAlgorithm.AES_256_GCM,
        inbound,
        outbound,
        true,
        queue,
        NOW.minusSeconds(600),
        Duration.ofSeconds(3000),
        Duration.ofSeconds(2500),
        -1,
        udpEncapsulated,
        List.of(TrafficSelector.ANY_IPV4),
        List.of(TrafficSelector.ANY_IPV4),
        "branch.example.net",
        "hub.example.net",
        "clear",
        64,
        false,
        "DH-group-19",
        "immediately",
        3,
        traffic,
        1,
        0,
        List.of(),
        false);
  }

  private static RpmTest rpmTest(String owner, String target) {
    return new RpmTest(
        new RpmTest.Key(owner, "ping"),
        IpAddress.parse(target).orElseThrow(),
        3,
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        null,
        null,
        0,
        64,
        0,
        RpmTest.Thresholds.DEFAULT);
  }

  public static List<RpmResults> rpmResults() {
    Duration tenMillis = Duration.ofMillis(10);
    return List.of(
        new RpmResults(
            rpmTest("isp-a", "198.51.100.9"),
            RpmResults.State.FAIL,
            new RpmResults.Single(NOW.minusSeconds(2), null),
            new RpmResults.Sample(1, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0),
            new RpmResults.Sample(3, 2, tenMillis, tenMillis, Duration.ofMillis(20), 2e8),
            new RpmResults.Sample(40, 38, tenMillis, tenMillis, Duration.ofMillis(380), 38e8),
            13,
            2),
        new RpmResults(
            rpmTest("isp-b", "203.0.113.9"),
            RpmResults.State.RUNNING,
            null,
            new RpmResults.Sample(0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0),
            null,
            new RpmResults.Sample(0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0),
            0,
            0));
  }

  public static List<IpMonitoring.PolicyStatus> ipMonitoring() {
    SequencedMap<RpmTest.Key, Boolean> tests = new LinkedHashMap<>();
    tests.put(new RpmTest.Key("isp-a", "ping"), true);
    return List.of(
        new IpMonitoring.PolicyStatus(
            new IpMonitoringPolicy(
                "to-backup",
                List.of("isp-a", "isp-b"),
                false,
                false,
                List.of(
                    new IpMonitoringPolicy.PreferredRoute(
                        IpPrefix.parse("0.0.0.0/0").orElseThrow(),
                        List.of(
                            new NextHop.Recursive(IpAddress.parse("203.0.113.1").orElseThrow())),
                        0))),
            true,
            tests,
            true));
  }

  /** Like that one, and as if it had never been tried where it is down. */
  public static VpnStateView vpn(
      VpnStateView like, boolean up, String establishTunnels, List<SelectorView> selectors) {
    return new VpnStateView(
        like.tunnelId(),
        like.vpn(),
        like.gateway(),
        like.bindInterface(),
        like.remote(),
        like.localIdentity(),
        like.remoteIdentity(),
        establishTunnels,
        up,
        up ? like.pairs() : 0,
        selectors,
        like.since(),
        up ? DownReason.NONE : DownReason.NOT_STARTED,
        "",
        List.of(),
        like.ikeRekeys(),
        like.childRekeys(),
        like.flaps(),
        like.negotiations(),
        like.failures(),
        List.of());
  }

  public static List<VpnStateView> vpns() {
    return List.of(
        new VpnStateView(
            131073,
            "to-hub-a",
            "hub-a",
            ST0,
            "198.51.100.2",
            "branch.example.net",
            "hub.example.net",
            "immediately",
            true,
            1,
            List.of(anything(131073, true)),
            NOW.minusSeconds(600),
            DownReason.NONE,
            "",
            List.of(),
            1,
            2,
            1,
            3,
            1,
            List.of()),
        new VpnStateView(
            131074,
            "to-hub-b",
            "hub-b",
            ST1,
            "203.0.113.2",
            "branch.example.net",
            "hub.example.net",
            "immediately",
            false,
            0,
            List.of(anything(131074, false)),
            NOW.minusSeconds(61),
            DownReason.NO_RESPONSE,
            "no response from 203.0.113.2",
            List.of("set security ike gateway hub-b address 203.0.113.2"),
            0,
            0,
            2,
            5,
            4,
            List.of()));
  }

  private static SelectorView anything(int tunnelId, boolean up) {
    return new SelectorView(
        tunnelId,
        ChildSelectors.ANYTHING,
        ChildSelectors.ANYTHING.local(),
        ChildSelectors.ANYTHING.remote(),
        up,
        up ? DownReason.NONE : DownReason.NOT_STARTED,
        "",
        List.of(),
        up ? 1 : 0);
  }

  public static IkeStatistics ikeStatistics() {
    SequencedMap<String, ExchangeCounts> exchanges = new LinkedHashMap<>();
    exchanges.put("IKE_SA_INIT", new ExchangeCounts(1, 2, 3, 4));
    return new IkeStatistics(
        exchanges,
        map("malformed", 1, "cookie", 0),
        map("no-response", 4, "no-proposal-chosen", 0),
        5,
        0,
        7,
        2,
        1,
        9,
        0,
        0,
        new ShortcutCounts(0, 0, 0, 7, 5, 2, 1, 0, 1, 4));
  }

  public static DataPathCounters dataPath() {
    TreeMap<InterfaceName, TunnelCounters> tunnels = new TreeMap<>();
    tunnels.put(ST0, new TunnelCounters(10, 1000, 12, 1200, Map.of(DropCause.REPLAY, 2L)));
    tunnels.put(ST1, new TunnelCounters(0, 0, 0, 0, Map.of(DropCause.NO_SA, 3L)));
    return new DataPathCounters(tunnels, Map.of(DropCause.INVALID_SPI, 4L), 0);
  }

  /** One that is up, and what became of two others. */
  static List<ShortcutView> shortcuts() {
    return List.of(
        shortcut(131_080, "west.example.net", "198.51.100.7", "10.7.0.0/24", "up", ""),
        shortcut(
            131_078,
            "east.example.net",
            "198.51.100.8",
            "10.8.0.0/24",
            "failed",
            "NO_RESPONSE: nothing came from 198.51.100.8:4500"),
        shortcut(
            131_079,
            "west.example.net",
            "198.51.100.7",
            "10.7.0.0/24",
            "ended",
            "fewer than 5 packets a second for 300 seconds"));
  }

  private static ShortcutView shortcut(
      int id, String partner, String remote, String beyond, String state, String text) {
    return new ShortcutView(
        id,
        "to-hub-a",
        "hub-a",
        ST0,
        partner,
        endpoint(remote, 4500),
        List.of(
            SelectorPrefixes.selector(
                IpPrefix.parse("10.1.0.0/24").orElseThrow(), 0, 0, SelectorPrefixes.MAX_PORT)),
        List.of(
            SelectorPrefixes.selector(
                IpPrefix.parse(beyond).orElseThrow(), 0, 0, SelectorPrefixes.MAX_PORT)),
        state,
        NOW.minusSeconds(90),
        text);
  }

  static List<NextHopTunnel> nextHopTunnels() {
    return List.of(
        new NextHopTunnel(ST1, Ipv4Address.of("10.0.1.2"), 1, "to-west", "west.example.net", true),
        new NextHopTunnel(
            ST1, Ipv4Address.of("10.0.1.3"), 2, "to-east", "east.example.net", false));
  }
}
