package dev.culvert.bgp.rib;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv4Prefix;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PrefixMapTest {
  @Test
  void itAgreesWithATreeMapOverAnyHistory() {
    long seed = 7;
    Random random = new Random(seed);
    PrefixMap<Integer> map = new PrefixMap<>();
    TreeMap<Ipv4Prefix, Integer> twin = new TreeMap<>();
    for (int i = 0; i < 200_000; i++) {
      Ipv4Prefix prefix =
          new Ipv4Prefix(new Ipv4Address(random.nextInt(3000) << 18), random.nextInt(33));
      if (random.nextInt(5) < 3) {
        assertThat(map.put(prefix, i))
            .as("seed %d step %d", seed, i)
            .isEqualTo(twin.put(prefix, i));
      } else {
        assertThat(map.remove(prefix))
            .as("seed %d step %d", seed, i)
            .isEqualTo(twin.remove(prefix));
      }
      assertThat(map.size()).isEqualTo(twin.size());
    }
    assertThat(map.prefixes()).containsExactlyInAnyOrderElementsOf(twin.keySet());
    twin.forEach((prefix, value) -> assertThat(map.get(prefix)).isEqualTo(value));
  }

  @Test
  void theDefaultRouteAndHostRoutesAreKeysLikeOthers() {
    PrefixMap<String> map = new PrefixMap<>();
    map.put(Ipv4Prefix.DEFAULT, "default");
    map.put(Ipv4Prefix.of("255.255.255.255/32"), "broadcast");
    map.put(Ipv4Prefix.of("0.0.0.0/32"), "zero");
    assertThat(map.get(Ipv4Prefix.DEFAULT)).isEqualTo("default");
    assertThat(map.get(Ipv4Prefix.of("0.0.0.0/32"))).isEqualTo("zero");
    assertThat(map.get(Ipv4Prefix.of("255.255.255.255/32"))).isEqualTo("broadcast");
    assertThat(map.size()).isEqualTo(3);
  }
}
