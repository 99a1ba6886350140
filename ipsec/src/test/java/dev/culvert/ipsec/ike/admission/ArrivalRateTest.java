package dev.culvert.ipsec.ike.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ArrivalRateTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void afterABurstSoManyASecondPassHoweverManyCome() {
    for (long start : new long[] {0, Long.MAX_VALUE - SECOND, -5 * SECOND}) {
      ArrivalRate rate = ArrivalRate.ofAll(100, 20, start);
      assertThat(passing(rate, start, 1000)).isEqualTo(20);
      int passed = 0;
      for (int millis = 1; millis <= 2000; millis++) {
        passed += passing(rate, start + millis * (SECOND / 1000), 3);
      }
      assertThat(passed).isEqualTo(200);
      assertThat(passing(rate, start + 10 * SECOND, 1000)).as("rested").isEqualTo(20);
    }
  }

  private static int passing(ArrivalRate rate, long nowNanos, int arrivals) {
    int passing = 0;
    for (int i = 0; i < arrivals; i++) {
      passing += rate.admits(nowNanos) ? 1 : 0;
    }
    return passing;
  }

  @Test
  void oneAddressDoesNotUseUpWhatIsAnothers() {
    ArrivalRate rate = ArrivalRate.ofEach(1, 3, 42, 0);
    IpAddress greedy = Ipv4Address.of("203.0.113.1");
    int passed = 0;
    for (int i = 0; i < 100; i++) {
      passed += rate.admits(greedy, 0) ? 1 : 0;
    }
    assertThat(passed).isEqualTo(3);
    assertThat(rate.admits(Ipv4Address.of("203.0.113.2"), 0)).isTrue();
  }

  @Test
  void addressesOfOneIpv6NetworkAreOne() {
    ArrivalRate rate = ArrivalRate.ofEach(1, 2, 42, 0);
    assertThat(rate.admits(Ipv6Address.of("2001:db8::1"), 0)).isTrue();
    assertThat(rate.admits(Ipv6Address.of("2001:db8::2"), 0)).isTrue();
    assertThat(rate.admits(Ipv6Address.of("2001:db8::3"), 0)).isFalse();
    assertThat(rate.admits(Ipv6Address.of("2001:db8:0:1::3"), 0)).isTrue();
  }

  @Test
  void whoSharesACellWithWhomIsAMatterOfTheSeed() {
    assertThat(sharers(1)).isNotEqualTo(sharers(2));
    assertThat(sharers(1)).hasSizeLessThan(100);
  }

  /** Of 4,000 addresses those in the cell of the first. */
  private static Set<IpAddress> sharers(long seed) {
    Set<IpAddress> sharers = new HashSet<>();
    for (int bits = 1; bits < 4_000; bits++) {
      ArrivalRate fresh = ArrivalRate.ofEach(1, 1, seed, 0);
      fresh.admits(new Ipv4Address(0), 0);
      if (!fresh.admits(new Ipv4Address(bits), 0)) {
        sharers.add(new Ipv4Address(bits));
      }
    }
    return sharers;
  }
}
