package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.culvert.lab.net.LabException;
import org.junit.jupiter.api.Test;

class RoundTripsTest {
  private static final String OUTPUT =
      """
      PING 10.2.0.2 (10.2.0.2) 56(84) bytes of data.
      64 bytes from 10.2.0.2: icmp_seq=1 ttl=62 time=0.250 ms
      64 bytes from 10.2.0.2: icmp_seq=2 ttl=62 time=12 ms
      64 bytes from 10.2.0.2: icmp_seq=4 ttl=62 time=0.310 ms

      --- 10.2.0.2 ping statistics ---
      4 packets transmitted, 3 received, 25% packet loss, time 6ms
      rtt min/avg/max/mdev = 0.250/4.186/12.000/5.525 ms
      """;

  @Test
  void theTimesOfAnsweredPingsAreRead() {
    RoundTrips trips = RoundTrips.parse(OUTPUT);
    assertThat(trips.count()).isEqualTo(3);
    assertThat(trips.percentile(1)).isEqualTo(0.25);
    assertThat(trips.percentile(50)).isEqualTo(0.31);
    assertThat(trips.percentile(99)).isEqualTo(12);
  }

  @Test
  void silenceIsAFailureNotAFigure() {
    assertThatThrownBy(() -> RoundTrips.parse("1 packets transmitted, 0 received"))
        .isInstanceOf(LabException.class);
  }
}
