package dev.culvert.core.rib.statics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.config.ConfigParser;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.Diagnostics;
import dev.culvert.core.config.SchemaRoot;
import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.MartianRule;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Static routes from their statements to what they offer the table. */
class StaticRoutesTest {
  private static final RoutingOptionsSection SECTION = new RoutingOptionsSection();
  private static final SchemaRoot SCHEMA = SchemaRoot.of(List.of(SECTION));
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final InterfaceName ST1 = InterfaceName.of("st0.1");
  private static final LivenessTarget FIRST = watched(ST0, "10.0.0.2");
  private static final LivenessTarget SECOND = watched(ST1, "10.0.1.2");

  private final StaticRoutes routes = new StaticRoutes();

  @Test
  void aRouteThroughATunnelIsOfferedWithTheDefaultPreference() {
    assertThat(announced(configure("set static route 10.2.0.0/16 next-hop st0.0")))
        .singleElement()
        .satisfies(route -> {
          assertThat(route.prefix()).hasToString("10.2.0.0/16");
          assertThat(route.preference()).isEqualTo(5);
          assertThat(route.nextHops()).containsExactly(new NextHop.Via(ST0, null));
        });
  }

  @Test
  void nextHopsOfOneStatementShareOneRouteAndQualifiedOnesAreRoutesOfTheirOwn() {
    List<Route> offered =
        announced(
            configure(
                "set static route 10.2.0.0/16 next-hop [ st0.0 192.0.2.1 ]",
                "set static route 10.2.0.0/16 qualified-next-hop st0.1 preference 7",
                "set static route 10.2.0.0/16 qualified-next-hop st0.1 metric 3",
                "set static route 10.2.0.0/16 preference 6",
                "set static route 10.2.0.0/16 tag 99"));
    assertThat(offered).hasSize(2);
    assertThat(offered.get(0).nextHops())
        .containsExactly(
            new NextHop.Via(ST0, null), new NextHop.Recursive(Ipv4Address.of("192.0.2.1")));
    assertThat(offered.get(0).preference()).isEqualTo(6);
    assertThat(offered.get(1).nextHops()).containsExactly(new NextHop.Via(ST1, null));
    assertThat(offered.get(1).preference()).isEqualTo(7);
    assertThat(offered.get(1).metric()).isEqualTo(3);
    assertThat(offered)
        .allSatisfy(route -> assertThat(route.detail()).isEqualTo(new RouteDetail.Static(99)));
  }

  @Test
  void discardAndRejectAreNextHops() {
    List<Route> offered =
        announced(
            configure(
                "set static route 10.3.0.0/16 discard", "set static route 10.4.0.0/16 reject"));
    assertThat(offered.get(0).nextHops()).containsExactly(new NextHop.Discard());
    assertThat(offered.get(1).nextHops()).containsExactly(new NextHop.Reject());
  }

  @Test
  void ipv6RoutesStandUnderTheirTable() {
    assertThat(announced(configure("set rib inet6.0 static route 2001:db8::/32 next-hop st0.0")))
        .singleElement()
        .satisfies(route -> assertThat(route.prefix()).hasToString("2001:db8::/32"));
  }

  @Test
  void aChangeOfTheConfigurationTouchesOnlyWhatChanged() {
    configure(
        "set static route 10.2.0.0/16 next-hop st0.0",
        "set static route 10.3.0.0/16 next-hop st0.0");
    List<RouteUpdate> updates =
        configure(
                "set static route 10.2.0.0/16 next-hop st0.0",
                "set static route 10.4.0.0/16 next-hop st0.1")
            .routes();
    assertThat(updates).hasSize(2);
    assertThat(updates.get(0))
        .isInstanceOfSatisfying(
            RouteUpdate.Withdraw.class,
            withdrawn -> assertThat(withdrawn.prefix()).hasToString("10.3.0.0/16"));
    assertThat(updates.get(1))
        .isInstanceOfSatisfying(
            RouteUpdate.Announce.class,
            announced -> assertThat(announced.route().prefix()).hasToString("10.4.0.0/16"));
    assertThat(
            configure(
                    "set static route 10.2.0.0/16 next-hop st0.0",
                    "set static route 10.4.0.0/16 next-hop st0.1")
                .routes())
        .isEmpty();
  }

  @Test
  void aQualifiedNextHopWhosePathIsLostLeavesAndComesBackWhileTheOtherStays() {
    StaticRoutes.Changes configured = configureWatchedPair();
    assertThat(configured.watches())
        .containsExactly(
            new LivenessWatch.Start(FIRST, every(50)), new LivenessWatch.Start(SECOND, every(300)));
    assertThat(announced(configured)).hasSize(2);

    List<RouteUpdate> lost = routes.livenessLost(FIRST).routes();
    assertThat(lost)
        .singleElement()
        .isInstanceOfSatisfying(
            RouteUpdate.Withhold.class,
            withheld -> {
              assertThat(withheld.source().instance()).isEqualTo("st0.0");
              assertThat(withheld.reason()).isEqualTo("BFD down: 10.0.0.2");
            });
    assertThat(routes.livenessLost(FIRST).routes()).isEmpty();

    assertThat(announced(routes.livenessRestored(FIRST)))
        .singleElement()
        .satisfies(
            route -> assertThat(route.nextHops()).containsExactly(new NextHop.Via(ST0, null)));
  }

  @Test
  void oneOfSeveralNextHopsThatIsLostLeavesTheOthersInTheRoute() {
    routes.interfacesChanged(InterfaceChanges.of(List.of(link("eth0", "192.0.2.2/24"))));
    configure(
        "set static route 10.2.0.0/16 next-hop [ 192.0.2.1 192.0.2.9 ]",
        "set static route 10.2.0.0/16 bfd-liveness-detection minimum-interval 50");
    List<Route> left =
        announced(routes.livenessLost(watched(InterfaceName.of("eth0.0"), "192.0.2.9")));
    assertThat(left)
        .singleElement()
        .satisfies(route ->
            assertThat(route.nextHops())
                .containsExactly(new NextHop.Recursive(Ipv4Address.of("192.0.2.1"))));
  }

  @Test
  void aWatchThatIsNoLongerConfiguredEndsAndItsLossIsForgotten() {
    configureWatchedPair();
    routes.livenessLost(FIRST);
    StaticRoutes.Changes after =
        configure("set static route 10.2.0.0/16 qualified-next-hop st0.0 preference 6");
    assertThat(after.watches())
        .containsExactlyInAnyOrder(new LivenessWatch.Stop(FIRST), new LivenessWatch.Stop(SECOND));
    assertThat(announced(after)).hasSize(1);
  }

  @Test
  void twoRoutesThatWatchOneNeighborAskForTheStricterParameters() {
    StaticRoutes.Changes changes =
        configure(
            "set static route 10.2.0.0/16 next-hop st0.0",
            "set static route 10.2.0.0/16 bfd-liveness-detection minimum-interval 300",
            "set static route 10.2.0.0/16 bfd-liveness-detection neighbor 10.0.0.2",
            "set static route 10.3.0.0/16 next-hop st0.0",
            "set static route 10.3.0.0/16 bfd-liveness-detection minimum-interval 50",
            "set static route 10.3.0.0/16 bfd-liveness-detection neighbor 10.0.0.2");
    assertThat(changes.watches()).containsExactly(new LivenessWatch.Start(FIRST, every(50)));
  }

  @Test
  void statementsThatExcludeEachOtherAreRefusedWithTheirReason() {
    assertThat(
            refusal("set static route 10.2.0.0/16 discard", "set static route 10.2.0.0/16 reject"))
        .contains("exclude each other");
    assertThat(
            refusal(
                "set static route 10.2.0.0/16 discard",
                "set static route 10.2.0.0/16 next-hop st0.0"))
        .contains("a next hop excludes");
    assertThat(refusal("set static route 10.2.0.0/16 tag 1")).contains("needs one of next-hop");
    assertThat(refusal("set static route 2001:db8::/32 next-hop st0.0"))
        .contains("rib inet6.0 static");
    assertThat(refusal("set static route 10.2.0.0/16 next-hop 2001:db8::1"))
        .contains("address family");
    assertThat(
            refusal(
                "set static route 10.2.0.0/16 next-hop st0.0",
                "set static route 10.2.0.0/16 bfd-liveness-detection minimum-interval 50"))
        .contains("needs 'neighbor'");
    assertThat(
            refusal(
                "set static route 10.2.0.0/16 next-hop st0.0",
                "set rib inet.0 static route 10.2.0.0/16 next-hop st0.1"))
        .contains("configured twice");
  }

  @Test
  void martiansAreBoundByTableWithTheLengthsTheyMatch() {
    Diagnostics diagnostics = new Diagnostics();
    RoutingOptionsConfig config =
        bind(
            diagnostics,
            "set martians 10.0.0.0/8 orlonger",
            "set martians 240.0.0.0/4 prefix-length-range /8-/24",
            "set martians 240.0.0.0/4 allow",
            "set rib inet6.0 martians 2001:db8::/32 upto /48");
    assertThat(diagnostics.findings()).isEmpty();
    assertThat(config.martians())
        .containsOnly(
            Map.entry(
                TableId.INET,
                List.of(
                    new MartianRule(Ipv4Prefix.of("10.0.0.0/8"), 8, 32, false),
                    new MartianRule(Ipv4Prefix.of("240.0.0.0/4"), 8, 24, true))),
            Map.entry(
                TableId.INET6,
                List.of(
                    new MartianRule(
                        IpPrefix.parse("2001:db8::/32").orElseThrow(), 32, 48, false))));
  }

  @Test
  void martiansThatMatchNothingOrTheWrongFamilyAreRefused() {
    assertThat(refusal("set martians 10.0.0.0/8 allow")).contains("needs one of exact");
    assertThat(refusal("set martians 10.0.0.0/8 exact", "set martians 10.0.0.0/8 longer"))
        .contains("needs one of exact");
    assertThat(refusal("set martians 10.0.0.0/8 upto /4")).contains("between /8 and /32");
    assertThat(refusal("set martians 10.0.0.0/8 prefix-length-range /24-/16"))
        .contains("between /8 and /32");
    assertThat(refusal("set martians 10.0.0.1/32 longer")).contains("between /32 and /32");
    assertThat(refusal("set martians 2001:db8::/32 exact")).contains("rib inet6.0 martians");
    assertThat(refusal("set rib inet6.0 martians 10.0.0.0/8 exact"))
        .contains("rib inet.0 martians");
  }

  private StaticRoutes.Changes configureWatchedPair() {
    return configure(
        "set static route 10.2.0.0/16 qualified-next-hop st0.0 preference 5",
        "set static route 10.2.0.0/16 qualified-next-hop st0.0"
            + " bfd-liveness-detection minimum-interval 50",
        "set static route 10.2.0.0/16 qualified-next-hop st0.0"
            + " bfd-liveness-detection neighbor 10.0.0.2",
        "set static route 10.2.0.0/16 qualified-next-hop st0.1 preference 7",
        "set static route 10.2.0.0/16 qualified-next-hop st0.1"
            + " bfd-liveness-detection minimum-interval 300",
        "set static route 10.2.0.0/16 qualified-next-hop st0.1"
            + " bfd-liveness-detection neighbor 10.0.1.2");
  }

  private StaticRoutes.Changes configure(String... statements) {
    Diagnostics diagnostics = new Diagnostics();
    RoutingOptionsConfig config = bind(diagnostics, statements);
    assertThat(diagnostics.findings()).isEmpty();
    return routes.reconfigure(config);
  }

  private static String refusal(String... statements) {
    Diagnostics diagnostics = new Diagnostics();
    bind(diagnostics, statements);
    assertThat(diagnostics.hasErrors()).isTrue();
    return diagnostics.findings().toString();
  }

  private static RoutingOptionsConfig bind(Diagnostics diagnostics, String... statements) {
    String text = String.join("\n", statements).replace("set ", "set routing-options ");
    ConfigTree tree = ConfigParser.parse(SCHEMA.root(), "test.conf", text, diagnostics);
    return SchemaRoot.bind(SECTION, tree, diagnostics);
  }

  private static List<Route> announced(StaticRoutes.Changes changes) {
    return changes.routes().stream()
        .filter(RouteUpdate.Announce.class::isInstance)
        .map(update -> ((RouteUpdate.Announce) update).route())
        .toList();
  }

  private static LivenessTarget watched(InterfaceName out, String neighbor) {
    return new LivenessTarget(out, null, Ipv4Address.of(neighbor));
  }

  private static LivenessConfig every(int millis) {
    return new LivenessConfig(Duration.ofMillis(millis), Duration.ofMillis(millis), 3);
  }

  private static InterfaceState link(String device, String address) {
    return new InterfaceState(
        InterfaceName.of(device + ".0"),
        2,
        true,
        false,
        false,
        1500,
        List.of(InterfaceAddress.of(address)));
  }
}
