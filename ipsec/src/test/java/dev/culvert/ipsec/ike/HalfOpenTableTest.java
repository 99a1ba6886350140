package dev.culvert.ipsec.ike;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.ipsec.ike.sa.HalfOpenTable;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfOpenTableTest {
  private final HalfOpenTable table = new HalfOpenTable();

  @Test
  void theOldestOfTheLargestNetworkGivesWay() {
    table.add(1, address("192.0.2.1"), true, false);
    table.add(2, address("203.0.113.1"), true, false);
    table.add(3, address("203.0.113.77"), false, false);
    table.add(4, address("203.0.113.2"), true, false);
    assertThat(table.givesWayTo(address("198.51.100.1"))).isEqualTo(2);
    assertThat(table.givesWayTo(address("192.0.2.9"))).isEqualTo(2);
    assertThat(table.givesWayTo(address("203.0.113.9"))).as("its own network").isNull();
    table.remove(2);
    assertThat(table.givesWayTo(address("192.0.2.9"))).as("no fewer than the other").isNull();
    assertThat(table.givesWayTo(address("2001:db8::1"))).isEqualTo(3);
  }

  @Test
  void ofIpv6A48IsANetwork() {
    table.add(1, address("2001:db8:0:1::1"), true, false);
    table.add(2, address("2001:db8:0:2::1"), true, false);
    table.add(3, address("2001:db8:1::1"), true, false);
    assertThat(table.givesWayTo(address("2001:db8:2::1"))).isEqualTo(1);
    assertThat(table.provenBy(address("2001:db8:0:1::77"))).isEqualTo(1);
  }

  @Test
  void thoseOfGatewaysNeverGiveWay() {
    for (int i = 0; i < 100; i++) {
      table.add(i, address("203.0.113." + i), true, true);
    }
    assertThat(table.givesWayTo(address("198.51.100.1"))).isNull();
    assertThat(table.ofExpected()).isEqualTo(100);
    assertThat(table.ofOthers()).isZero();
  }

  @Test
  void theCountsAreThoseOfWhatIsThere() {
    Random random = new Random(1);
    Map<Long, Boolean> expected = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      long spi = random.nextInt(200);
      if (expected.remove(spi) != null) {
        table.remove(spi);
      } else {
        boolean isExpected = random.nextBoolean();
        expected.put(spi, isExpected);
        table.add(spi, address("203.0." + random.nextInt(4) + ".1"), true, isExpected);
      }
      table.remove(1000);
      assertThat(table.count()).isEqualTo(expected.size());
      assertThat(table.ofExpected())
          .isEqualTo((int) expected.values().stream().filter(e -> e).count());
    }
    expected.keySet().forEach(table::remove);
    for (int i = 0; i < 4; i++) {
      assertThat(table.provenBy(address("203.0." + i + ".1"))).isZero();
    }
    assertThat(table.givesWayTo(address("198.51.100.1"))).isNull();
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
