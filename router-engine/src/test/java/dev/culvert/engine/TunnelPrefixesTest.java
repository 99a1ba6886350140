package dev.culvert.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.RoutingTables;
import dev.culvert.core.rib.TableId;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an address behind a tunnel's peer is of. */
class TunnelPrefixesTest {
  private static final InterfaceName ST0 = InterfaceName.of("st0.0");
  private static final InterfaceName ETH0 = InterfaceName.of("eth0.0");
  private static final Instant NOW = Instant.EPOCH;

  private final RoutingTables tables = new RoutingTables();
  private final TunnelPrefixes prefixes = new TunnelPrefixes(tables);

  @BeforeEach
  void bringUp() {
    tables.interfacesChanged(
        InterfaceChanges.of(List.of(up(ST0, "10.255.0.1/24"), up(ETH0, "192.0.2.1/24"))), NOW);
    announce("10.1.0.0/16", RouteProtocol.STATIC, ST0, "10.255.0.2");
    announce("10.1.7.0/24", RouteProtocol.BGP, ST0, "10.255.0.3");
    announce("10.2.0.0/24", RouteProtocol.ARI_TS, ST0, null);
    announce("10.3.0.0/16", RouteProtocol.STATIC, ST0, null);
    announce("10.4.0.0/16", RouteProtocol.STATIC, ETH0, "192.0.2.9");
    announce("0.0.0.0/0", RouteProtocol.STATIC, ST0, "10.255.0.9");
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, 10.1.0.0/16",
    "10.1.7.3, 10.1.7.0/24",
    "10.2.0.9, 10.2.0.0/24",
    "10.3.0.9, 10.3.0.9/32",
    "10.4.0.9, 10.4.0.9/32",
    "10.255.0.7, 10.255.0.7/32",
    "203.0.113.5, 203.0.113.5/32",
    "2001:db8::1, 2001:db8::1/128",
  })
  void isOfThePrefixWhoseRouteLeadsToOnePeer(String address, String prefix) {
    assertThat(prefixes.of(ST0, IpAddress.parse(address).orElseThrow()).toString())
        .isEqualTo(prefix);
  }

  @Test
  void aPrefixOfWhichPartGoesByTwoPeersIsNobodys() {
    tables.apply(
        List.of(
            new RouteUpdate.Announce(
                TableId.INET,
                route(
                    "10.5.0.0/16",
                    RouteProtocol.STATIC,
                    List.of(via(ST0, "10.255.0.2"), via(ST0, "10.255.0.3"))))),
        NOW);
    assertThat(prefixes.of(ST0, IpAddress.parse("10.5.0.1").orElseThrow()).isHost()).isTrue();
  }

  private void announce(String prefix, RouteProtocol protocol, InterfaceName out, String gateway) {
    tables.apply(
        List.of(
            new RouteUpdate.Announce(
                TableId.INET, route(prefix, protocol, List.of(via(out, gateway))))),
        NOW);
  }

  private static NextHop via(InterfaceName out, String gateway) {
    return new NextHop.Via(out, gateway == null ? null : IpAddress.parse(gateway).orElseThrow());
  }

  private static Route route(String prefix, RouteProtocol protocol, List<NextHop> hops) {
    return new Route(
        IpPrefix.parse(prefix).orElseThrow(),
        new RouteSource(protocol, "test"),
        5,
        0,
        0,
        hops,
        new RouteDetail.None());
  }

  private static InterfaceState up(InterfaceName name, String address) {
    return new InterfaceState(
        name, 1, true, name.isSecureTunnel(), false, 1500, List.of(InterfaceAddress.of(address)));
  }
}
