package dev.culvert.firewall.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.firewall.address.AddressRange;
import dev.culvert.firewall.address.AddressSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WildcardAddressTest {
  @Test
  void aMaskWithAHoleIsARangeForEachValueOfTheHole() {
    AddressSet set = WildcardAddress.parse("10.0.5.9/255.0.255.0").orElseThrow();
    assertThat(set.ranges()).hasSize(256);
    assertThat(set.ranges().getFirst()).hasToString("10.0.5.0/24");
    assertThat(set.ranges().getLast()).hasToString("10.255.5.0/24");
  }

  @Test
  void aMaskWithoutHolesIsAPrefix() {
    assertThat(WildcardAddress.parse("10.1.2.3/255.255.0.0").orElseThrow().ranges())
        .containsExactly(AddressRange.of(prefix("10.1.0.0/16")));
    assertThat(WildcardAddress.parse("10.1.2.3/0.0.0.0")).contains(AddressSet.ANY_IPV4);
    assertThat(WildcardAddress.parse("10.1.2.3/255.255.255.255").orElseThrow().ranges())
        .containsExactly(AddressRange.of(prefix("10.1.2.3/32")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.2.3", "10.1.2.3/24", "10.1.2.3/0.0.0.1", "x/255.0.0.0", "/", ""})
  void whatIsNoneOrLeavesTooMuchOpenIsRefused(String word) {
    assertThat(WildcardAddress.parse(word)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anAddressIsInTheSetIfItAgreesInTheBitsOfTheMask(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 20; round++) {
      // Few open bits, so that chance hits them.
      int mask = ~(random.nextInt() & random.nextInt() & random.nextInt() & random.nextInt());
      int address = random.nextInt();
      String word = new Ipv4Address(address) + "/" + new Ipv4Address(mask);
      AddressSet set = WildcardAddress.parse(word).orElseThrow();
      for (int i = 0; i < 200; i++) {
        int other = address ^ (random.nextInt() & (random.nextBoolean() ? ~mask : -1));
        assertThat(set.contains(new Ipv4Address(other)))
            .as("seed %d, %s in %s", seed, new Ipv4Address(other), word)
            .isEqualTo((other & mask) == (address & mask));
      }
    }
  }

  private static IpPrefix prefix(String text) {
    return IpPrefix.parse(text).orElseThrow();
  }
}
