package dev.culvert.bgp.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.bgp.attribute.PathAttributes;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdjRibInTest {
  private final AdjRibIn routes = new AdjRibIn();

  /** However many routes there are, those by one next hop are found without the others. */
  @ParameterizedTest
  @ValueSource(ints = {10, 50_000})
  void routesAreFoundByNextHop(int others) {
    for (int i = 0; i < others; i++) {
      routes.put(prefix(i), via("192.0.2.1"));
    }
    routes.put(Ipv4Prefix.of("10.1.0.0/16"), via("192.0.2.9"));
    routes.put(Ipv4Prefix.of("10.2.0.0/16"), via("192.0.2.11"));
    assertThat(routes.via(Ipv4Prefix.of("192.0.2.8/29")))
        .containsExactlyInAnyOrder(Ipv4Prefix.of("10.1.0.0/16"), Ipv4Prefix.of("10.2.0.0/16"));
    assertThat(routes.via(Ipv4Prefix.of("192.0.2.9/32")))
        .containsExactly(Ipv4Prefix.of("10.1.0.0/16"));
    assertThat(routes.via(Ipv4Prefix.of("198.51.100.0/24"))).isEmpty();
    assertThat(routes.via(Ipv4Prefix.DEFAULT)).hasSize(others + 2);
  }

  @Test
  void theIndexAgreesWithAScanOverAnyHistory() {
    long seed = 11;
    Random random = new Random(seed);
    TreeMap<Ipv4Prefix, PathAttributes> twin = new TreeMap<>();
    for (int i = 0; i < 20_000; i++) {
      Ipv4Prefix prefix = prefix(random.nextInt(300));
      if (random.nextInt(3) > 0) {
        PathAttributes attributes =
            random.nextInt(20) == 0
                ? new PathAttributes.Builder().build()
                : via("192.0.2." + random.nextInt(64));
        assertThat(routes.put(prefix, attributes)).isEqualTo(twin.put(prefix, attributes));
      } else {
        routes.remove(prefix);
        twin.remove(prefix);
      }
      if (i % 100 == 0) {
        Ipv4Prefix subnet = new Ipv4Prefix(address(random.nextInt(64)), 24 + random.nextInt(9));
        assertThat(routes.via(subnet))
            .as("seed %d step %d %s", seed, i, subnet)
            .containsExactlyInAnyOrderElementsOf(
                twin.entrySet().stream()
                    .filter(e ->
                        e.getValue().nextHop() != null && subnet.contains(e.getValue().nextHop()))
                    .map(e -> e.getKey())
                    .toList());
      }
    }
    routes.clear();
    assertThat(routes.via(Ipv4Prefix.DEFAULT)).isEmpty();
    assertThat(routes.size()).isZero();
  }

  private static Ipv4Prefix prefix(int number) {
    return new Ipv4Prefix(new Ipv4Address(0x14000000 | number << 8), 24);
  }

  private static Ipv4Address address(int last) {
    return Ipv4Address.of("192.0.2." + last);
  }

  private static PathAttributes via(String nextHop) {
    return new PathAttributes.Builder().nextHop(Ipv4Address.of(nextHop)).build();
  }
}
