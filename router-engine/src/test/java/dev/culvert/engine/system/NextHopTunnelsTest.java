package dev.culvert.engine.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.InterfaceAddress;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.engine.config.InterfacesConfig;
import dev.culvert.ipsec.sa.TunnelAddressSource;
import dev.culvert.ipsec.sa.TunnelPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NextHopTunnelsTest {
  private static final InterfaceName UNIT = InterfaceName.of("st0.0");
  private static final IpAddress A = address("10.0.0.2");
  private static final IpAddress B = address("10.0.0.3");

  private final NextHopTunnels table = new NextHopTunnels();
  private final List<Notice> notices = new ArrayList<>();

  @Test
  void whatIsConfiguredIsBoundWhileThePeerIsUp() {
    configure(Map.of(A, "west"));
    assertThat(peer(A)).isNull();
    up(1, "west");
    up(2, "east");
    assertThat(peer(A)).isEqualTo(1);
    assertThat(table.all()).containsExactly(new NextHopTunnel(UNIT, A, 1, "west", "id-1", true));
    table.peerDown(UNIT, 1);
    assertThat(peer(A)).isNull();
    assertThat(table.all()).isEmpty();
  }

  @Test
  void aPeersAddressIsFoundOutUnlessItIsConfiguredForAnother() {
    configure(Map.of(A, "west"));
    up(2, "east");
    found(2, A, TunnelAddressSource.ANNOUNCED);
    assertThat(peer(A)).isNull();
    assertThat(notices).singleElement().asString().contains("NEXT_HOP_TUNNEL_REFUSED");

    found(2, B, TunnelAddressSource.ANNOUNCED);
    assertThat(peer(B)).isEqualTo(2);
    assertThat(table.all()).containsExactly(new NextHopTunnel(UNIT, B, 2, "east", "id-2", false));
  }

  @Test
  void theBetterSourceCountsAndNobodyTakesAnothersAddressByAPacket() {
    configure(Map.of());
    up(1, "west");
    up(2, "east");
    found(1, A, TunnelAddressSource.FIRST_PACKET);
    found(1, B, TunnelAddressSource.FIRST_PACKET);
    assertThat(peer(A)).as("its first packet").isEqualTo(1);
    assertThat(peer(B)).as("somebody behind it").isNull();

    found(2, A, TunnelAddressSource.FIRST_PACKET);
    assertThat(peer(A)).isEqualTo(1);
    assertThat(notices).hasSize(1);
    found(1, B, TunnelAddressSource.SELECTOR);
    assertThat(peer(B)).isEqualTo(1);
    assertThat(peer(A)).as("the next one who claims it").isEqualTo(2);
  }

  @Test
  void anAddressOutsideTheSubnetIsNobodys() {
    configure(Map.of());
    up(1, "west");
    found(1, address("10.0.1.2"), TunnelAddressSource.ANNOUNCED);
    found(1, address("10.0.0.1"), TunnelAddressSource.ANNOUNCED);
    assertThat(table.bindings(UNIT)).isEmpty();
  }

  /** What a peer may say or send, what becomes of it, and as what it is counted. */
  @ParameterizedTest
  @CsvSource({
    "10.0.0.3, ANNOUNCED, bound, ''",
    "10.0.0.3, FIRST_PACKET, bound, ''",
    "10.0.0.9, ANNOUNCED, refused, another-peers",
    "10.0.0.9, FIRST_PACKET, refused, another-peers",
    "10.0.0.8, ANNOUNCED, refused, another-vpns",
    "10.0.0.1, ANNOUNCED, refused, own-address",
    "10.0.0.1, FIRST_PACKET, refused, own-address",
    "10.0.0.0, ANNOUNCED, refused, no-host",
    "10.0.0.255, ANNOUNCED, refused, no-host",
    "10.0.0.255, FIRST_PACKET, refused, no-host",
    "10.0.1.3, ANNOUNCED, refused, outside-subnet",
    "224.0.0.5, ANNOUNCED, refused, outside-subnet",
    "255.255.255.255, ANNOUNCED, refused, outside-subnet",
    "0.0.0.0, ANNOUNCED, refused, outside-subnet",
    "127.0.0.1, ANNOUNCED, refused, outside-subnet",
    "fe80::3, ANNOUNCED, refused, outside-subnet",
    "ff02::9, ANNOUNCED, refused, outside-subnet",
    "2001:db8::3, ANNOUNCED, refused, outside-subnet",
    // Not told: a selector begins where the peer's network does.
    "10.7.0.0, SELECTOR, passed over, ''",
  })
  void whatAPeerClaims(
      String claimed, TunnelAddressSource source, String reaction, String counted) {
    IpAddress address = address(claimed);
    configure(Map.of(address("10.0.0.8"), "south"));
    up(1, "west");
    up(3, "south");
    up(9, "east");
    found(9, address("10.0.0.9"), TunnelAddressSource.ANNOUNCED);

    found(1, address, source);

    assertThat(peer(address))
        .isEqualTo(reaction.equals("bound") ? Integer.valueOf(1) : before(address));
    assertThat(notices).hasSize(reaction.equals("refused") ? 1 : 0);
    assertThat(table.refusals().entrySet())
        .filteredOn(entry -> entry.getValue() > 0)
        .extracting(Map.Entry::getKey)
        .containsExactlyElementsOf(counted.isEmpty() ? List.of() : List.of(counted));
  }

  /** Who has those addresses before anybody claims them. */
  private static @Nullable Integer before(IpAddress address) {
    return Map.of("10.0.0.9", 9, "10.0.0.8", 3).get(address.toString());
  }

  @Test
  void aPeerThatClaimsThousandsHasOne() {
    configure(Map.of());
    up(1, "west");
    up(2, "east");
    found(2, address("10.0.0.200"), TunnelAddressSource.ANNOUNCED);
    for (int i = 0; i < 5_000; i++) {
      found(1, address("10.0.0." + (2 + i % 250)), TunnelAddressSource.ANNOUNCED);
      found(1, address("10.0.0." + (2 + i % 250)), TunnelAddressSource.FIRST_PACKET);
    }
    assertThat(table.bindings(UNIT)).hasSize(2).containsEntry(address("10.0.0.200"), 2);
    table.peerDown(UNIT, 1);
    assertThat(table.bindings(UNIT)).hasSize(1);
  }

  @Test
  void eachChangeIsToldOnceAndAUnitThatIsNoLongerMultipointHasNone() {
    configure(Map.of(A, "west"));
    up(1, "west");
    up(2, "east");
    found(2, B, TunnelAddressSource.ANNOUNCED);
    assertThat(table.takeChanged(UNIT)).containsExactlyInAnyOrder(A, B);
    assertThat(table.takeChanged(UNIT)).isEmpty();

    table.configured(new TreeMap<>());
    assertThat(table.bindings(UNIT)).isEmpty();
    assertThat(table.takeChanged(UNIT)).containsExactlyInAnyOrder(A, B);
    configure(Map.of(A, "east"));
    assertThat(peer(A)).isEqualTo(2);
  }

  @Test
  void aPeerThatGoesLeavesNothingBehind() {
    configure(Map.of());
    up(1, "west");
    found(1, A, TunnelAddressSource.ANNOUNCED);
    table.peerDown(UNIT, 1);
    up(1, "west");
    assertThat(peer(A)).isNull();
    found(7, B, TunnelAddressSource.ANNOUNCED);
    up(7, "east");
    assertThat(peer(B)).as("told of before it was up").isNull();
  }

  private void configure(Map<IpAddress, String> tunnels) {
    SortedMap<InterfaceName, InterfacesConfig.Unit> units = new TreeMap<>();
    units.put(
        UNIT,
        new InterfacesConfig.Unit(
            UNIT,
            null,
            false,
            null,
            List.of(InterfaceAddress.of("10.0.0.1/24")),
            true,
            new TreeMap<>(tunnels)));
    table.configured(units);
  }

  private void up(int number, String vpn) {
    table.peerUp(new TunnelPeer(number, UNIT, vpn, "id-" + number));
  }

  private void found(int number, IpAddress address, TunnelAddressSource source) {
    table.addressFound(UNIT, number, address, source, notices::add);
  }

  private @Nullable Integer peer(IpAddress address) {
    return table.peer(UNIT, address);
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
