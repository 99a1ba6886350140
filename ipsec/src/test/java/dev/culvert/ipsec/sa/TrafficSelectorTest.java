package dev.culvert.ipsec.sa;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import org.junit.jupiter.api.Test;

class TrafficSelectorTest {
  private static final IpAddress FIRST = Ipv4Address.of("10.1.0.0");
  private static final IpAddress LAST = Ipv4Address.of("10.1.0.255");
  private static final TrafficSelector LAN = new TrafficSelector(0, 0, 65_535, FIRST, LAST);
  private static final TrafficSelector WEB = new TrafficSelector(6, 443, 443, FIRST, FIRST);

  @Test
  void aWiderSelectorCoversANarrowerOneOfItsFamilyAndNotTheOtherWayRound() {
    assertThat(LAN.covers(LAN)).isTrue();
    assertThat(LAN.covers(WEB)).isTrue();
    assertThat(WEB.covers(LAN)).isFalse();
    assertThat(TrafficSelector.ANY_IPV4.covers(LAN)).isTrue();
    assertThat(LAN.covers(TrafficSelector.ANY_IPV4)).isFalse();
    assertThat(TrafficSelector.ANY_IPV6.covers(LAN)).isFalse();
  }

  @Test
  void protocolAndPortsCountToo() {
    assertThat(WEB.covers(new TrafficSelector(17, 443, 443, FIRST, FIRST))).isFalse();
    assertThat(WEB.covers(new TrafficSelector(6, 443, 444, FIRST, FIRST))).isFalse();
    assertThat(WEB.covers(new TrafficSelector(6, 80, 443, FIRST, FIRST))).isFalse();
    assertThat(WEB.covers(new TrafficSelector(6, 443, 443, FIRST, LAST))).isFalse();
  }
}
