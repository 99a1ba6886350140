package dev.culvert.bgp.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import dev.culvert.core.net.RouterId;
import dev.culvert.core.rib.RouteUpdate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A next hop knows who uses it, and its news are theirs alone. */
class LocRibTest {
  private static final String BUSY = "192.0.2.1";
  private static final String QUIET = "192.0.2.2";
  private static final Ipv4Prefix PREFIX = Ipv4Prefix.of("10.1.0.0/16");

  private final NextHopTable nextHops =
      new NextHopTable(
          new NextHopTracker() {
            @Override
            public void track(IpAddress nextHop) {}

            @Override
            public void untrack(IpAddress nextHop) {}
          });
  private final LocRib rib = new LocRib(nextHops);
  private final List<RouteUpdate> updates = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {10, 50_000})
  void newsOfANextHopConcernItsOwnPrefixesHoweverManyOthersThereAre(int others) {
    for (int i = 0; i < others; i++) {
      put(new Ipv4Prefix(new Ipv4Address(0x14000000 | i << 8), 24), 1, BUSY);
    }
    put(PREFIX, 1, QUIET);
    put(Ipv4Prefix.of("10.2.0.0/16"), 1, QUIET);
    resolve(BUSY, 10);
    resolve(QUIET, 20);
    rib.decide(updates::add, prefix -> {});
    assertThat(updates).hasSize(others + 2);

    TrackedNextHop quiet = changed(QUIET, 30);
    assertThat(quiet.users()).containsExactlyInAnyOrder(PREFIX, Ipv4Prefix.of("10.2.0.0/16"));
    updates.clear();
    List<Ipv4Prefix> looked = new ArrayList<>();
    rib.nextHopChanged(quiet);
    rib.decide(updates::add, looked::add);
    assertThat(looked).containsExactlyInAnyOrderElementsOf(quiet.users());
  }

  @Test
  void aPrefixUsesANextHopAsLongAsAnyOfItsPathsDoes() {
    put(PREFIX, 1, QUIET);
    put(PREFIX, 2, QUIET);
    TrackedNextHop quiet = changed(QUIET, 10);
    remove(PREFIX, 1);
    assertThat(quiet.users()).containsExactly(PREFIX);
    put(PREFIX, 2, BUSY);
    assertThat(quiet.users()).isEmpty();
    assertThat(changed(BUSY, 10).users()).containsExactly(PREFIX);
    remove(PREFIX, 2);
    assertThat(nextHops.size()).isZero();
  }

  @Test
  void aPathThatKeepsItsNextHopWithOtherAttributesStaysAUser() {
    put(PREFIX, 1, QUIET);
    rib.put(
        PREFIX,
        source(1),
        new PathAttributes.Builder().nextHop(Ipv4Address.of(QUIET)).med(7L).build(),
        170,
        0);
    assertThat(changed(QUIET, 10).users()).containsExactly(PREFIX);
  }

  private void put(Ipv4Prefix prefix, int peer, String nextHop) {
    PathAttributes attributes =
        new PathAttributes.Builder().nextHop(Ipv4Address.of(nextHop)).build();
    rib.put(prefix, source(peer), attributes, 170, 0);
  }

  private void remove(Ipv4Prefix prefix, int peer) {
    rib.remove(prefix, source(peer).peer(), updates::add);
  }

  private void resolve(String nextHop, long metric) {
    rib.nextHopChanged(changed(nextHop, metric));
  }

  private TrackedNextHop changed(String nextHop, long metric) {
    TrackedNextHop changed = nextHops.update(Ipv4Address.of(nextHop), new NextHopState(metric));
    assertThat(changed).isNotNull();
    return changed;
  }

  private static PathSource source(int peer) {
    Ipv4Address address = Ipv4Address.of("198.51.100." + peer);
    return PathSource.of(address, new RouterId(peer), 65002, true);
  }
}
