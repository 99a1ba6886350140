package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.rib.TableId;
import dev.culvert.engine.TranslatedRoutes.Translation;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TranslatedRoutesTest {
  private static final Instant NOW = Instant.EPOCH;
  private static final IpPrefix OUTSIDE = Ipv4Prefix.of("10.11.1.0/24");
  private static final IpPrefix INSIDE = Ipv4Prefix.of("10.1.1.0/24");
  private static final IpPrefix OTHER_OUTSIDE = Ipv4Prefix.of("10.11.2.0/24");
  private static final NextHop LAN = new NextHop.Via(InterfaceName.of("eth1.0"), null);
  private static final NextHop TUNNEL = new NextHop.Via(InterfaceName.of("st0.0"), null);

  private final RoutingTables tables = new RoutingTables();
  private final TranslatedRoutes translated = new TranslatedRoutes();

  TranslatedRoutesTest() {
    InterfaceState tunnel =
        new InterfaceState(InterfaceName.of("st0.0"), 7, true, true, false, 1400, List.of());
    InterfaceState lan =
        new InterfaceState(InterfaceName.of("eth1.0"), 8, true, true, false, 1500, List.of());
    tables.interfacesChanged(InterfaceChanges.of(List.of(tunnel, lan)), NOW);
  }

  @Test
  void aTranslatedPrefixIsThereWhileARouteToItsInsideIs() {
    assertThat(configure(translation(OUTSIDE, INSIDE))).isEmpty();
    assertThat(routes(announce("10.1.1.0/24", TUNNEL))).containsExactly("+10.11.1.0/24");
    assertThat(active("10.11.1.0/24").protocol()).isEqualTo(RouteProtocol.STATIC_NAT);
    assertThat(active("10.11.1.0/24").preference()).isEqualTo(5);
    assertThat(routes(withdraw("10.1.1.0/24"))).containsExactly("-10.11.1.0/24");
  }

  @Test
  void aWiderRouteToTheInsideCountsAndTheDefaultDoesNot() {
    configure(translation(OUTSIDE, INSIDE));
    assertThat(routes(announce("0.0.0.0/0", TUNNEL))).isEmpty();
    assertThat(routes(announce("10.1.0.0/16", TUNNEL))).containsExactly("+10.11.1.0/24");
  }

  @Test
  void aRouteToTheInsideByTheInterfaceItIsShownByIsNone() {
    configure(new Translation(OUTSIDE, INSIDE, Set.of(InterfaceName.of("st0.0"))));
    assertThat(routes(announce("10.0.0.0/8", TUNNEL))).isEmpty();
    assertThat(routes(announce("10.1.1.0/24", TUNNEL))).isEmpty();
    assertThat(routes(announce("10.1.1.0/24", LAN))).containsExactly("+10.11.1.0/24");
  }

  private static Translation translation(IpPrefix outside, IpPrefix inside) {
    return new Translation(outside, inside, Set.of());
  }

  @Test
  void aPartOfTheInsideIsEnough() {
    configure(translation(OUTSIDE, INSIDE));
    assertThat(routes(announce("10.1.1.128/25", TUNNEL))).containsExactly("+10.11.1.0/24");
    assertThat(routes(announce("10.1.1.7/32", TUNNEL))).isEmpty();
    assertThat(routes(withdraw("10.1.1.128/25"))).isEmpty();
    assertThat(routes(withdraw("10.1.1.7/32"))).containsExactly("-10.11.1.0/24");
  }

  @Test
  void whatIsDroppedLeadsToNoInside() {
    configure(translation(OUTSIDE, INSIDE));
    assertThat(routes(announce("10.1.1.0/24", new NextHop.Discard()))).isEmpty();
  }

  @Test
  void aRuleThatGoesTakesItsPrefixAlong() {
    announceAll("10.1.1.0/24");
    assertThat(configure(translation(OUTSIDE, INSIDE))).containsExactly("+10.11.1.0/24");
    assertThat(configure(translation(OTHER_OUTSIDE, INSIDE)))
        .containsExactly("-10.11.1.0/24", "+10.11.2.0/24");
    assertThat(configure()).containsExactly("-10.11.2.0/24");
  }

  @Test
  void ofTwoInsidesOneIsEnough() {
    configure(translation(OUTSIDE, INSIDE), translation(OUTSIDE, Ipv4Prefix.of("10.2.1.0/24")));
    assertThat(routes(announce("10.2.1.0/24", TUNNEL))).containsExactly("+10.11.1.0/24");
    assertThat(routes(announce("10.1.1.0/24", TUNNEL))).isEmpty();
    assertThat(routes(withdraw("10.2.1.0/24"))).isEmpty();
  }

  private void announceAll(String prefix) {
    assertThat(routes(announce(prefix, TUNNEL))).isEmpty();
  }

  private List<String> configure(Translation... translations) {
    return applied(translated.configured(List.of(translations), tables));
  }

  private List<String> routes(List<RibDelta> deltas) {
    return applied(translated.routesChanged(deltas, tables));
  }

  /** As the router does: what is offered is in the table before anything else happens. */
  private List<String> applied(List<RouteUpdate> updates) {
    List<RibDelta> own = tables.apply(updates, NOW);
    assertThat(translated.routesChanged(own, tables)).isEmpty();
    return updates.stream()
        .map(u -> (u instanceof RouteUpdate.Withdraw ? "-" : "+") + u.prefix())
        .toList();
  }

  private List<RibDelta> announce(String prefix, NextHop hop) {
    Route route =
        new Route(
            Ipv4Prefix.of(prefix),
            new RouteSource(RouteProtocol.BGP, "peer"),
            170,
            0,
            0,
            List.of(hop),
            new RouteDetail.None());
    return tables.apply(List.of(new RouteUpdate.Announce(TableId.INET, route)), NOW);
  }

  private List<RibDelta> withdraw(String prefix) {
    return tables.apply(
        List.of(
            new RouteUpdate.Withdraw(
                TableId.INET, Ipv4Prefix.of(prefix), new RouteSource(RouteProtocol.BGP, "peer"))),
        NOW);
  }

  private Route active(String prefix) {
    return tables.table(TableId.INET).active(Ipv4Prefix.of(prefix)).route();
  }
}
