package dev.culvert.core.rib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.core.net.AddressFamily;
import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class TableIdTest {
  private static final TableId RED = new TableId("RED", AddressFamily.INET);
  private static final IpPrefix LAN = Ipv4Prefix.of("10.1.0.0/16");

  @Test
  void tablesAreNamedAsInJunosAndThoseOfTheMasterInstanceComeFirst() {
    TreeSet<TableId> tables = new TreeSet<>(List.of(RED, TableId.INET6, TableId.INET));
    tables.add(new TableId("BLUE", AddressFamily.INET6));
    assertThat(tables)
        .extracting(TableId::toString)
        .containsExactly("inet.0", "inet6.0", "BLUE.inet6.0", "RED.inet.0");
    assertThat(TableId.of(AddressFamily.INET6)).isEqualTo(TableId.INET6);
  }

  @Test
  void aRouteOfAnotherFamilyIsRefused() {
    assertThatThrownBy(() -> new RouteUpdate.Withdraw(TableId.INET6, LAN, source()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inet6.0");
  }

  @Test
  void nextHopsResolveInsideTheInstanceOfTheirRoute() {
    RoutingTables tables = new RoutingTables();
    InterfaceState lan =
        new InterfaceState(
            InterfaceName.of("eth0.0"),
            2,
            true,
            false,
            false,
            1500,
            List.of(InterfaceAddress.of("192.0.2.1/24")));
    tables.interfacesChanged(InterfaceChanges.of(List.of(lan)), Instant.EPOCH);
    Route route =
        new Route(
            LAN,
            source(),
            5,
            0,
            0,
            List.of(new NextHop.Recursive(Ipv4Address.of("192.0.2.9"))),
            new RouteDetail.None());
    List<RibDelta> deltas =
        tables.apply(
            List.of(
                new RouteUpdate.Announce(TableId.INET, route),
                new RouteUpdate.Announce(RED, route)),
            Instant.EPOCH);
    assertThat(deltas).extracting(RibDelta::table).containsExactly(TableId.INET);
    RouteEntry entry = Objects.requireNonNull(tables.table(RED).entry(LAN));
    assertThat(entry.candidates().getFirst().hiddenReason())
        .isEqualTo("next hop unreachable: 192.0.2.9");
    assertThat(tables.tables())
        .extracting(RoutingTable::id)
        .containsExactly(TableId.INET, TableId.INET6, RED);
  }

  private static RouteSource source() {
    return new RouteSource(RouteProtocol.STATIC, "");
  }
}
