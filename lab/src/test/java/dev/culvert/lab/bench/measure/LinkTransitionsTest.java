package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinkTransitionsTest {
  private static final String UP =
      "5: st0.0: <POINTOPOINT,MULTICAST,NOARP,UP,LOWER_UP> mtu 1400 qdisc fq_codel state UNKNOWN\n";
  private static final String NO_CARRIER =
      "5: st0.0: <NO-CARRIER,POINTOPOINT,MULTICAST,NOARP,UP> mtu 1400 qdisc fq_codel state DOWN\n";
  private static final String DOWN =
      "5: st0.0: <POINTOPOINT,MULTICAST,NOARP> mtu 1400 qdisc fq_codel state DOWN\n";

  @Test
  void anInterfaceThatOnlyReportsAChangeOfMtuHasNoTransition() {
    assertThat(LinkTransitions.count(UP + UP.replace("1400", "1300"), "st0.0")).isZero();
    assertThat(LinkTransitions.count("", "st0.0")).isZero();
  }

  @Test
  void downAndUpAgainAreTwo() {
    assertThat(LinkTransitions.count(DOWN + DOWN + UP, "st0.0")).isEqualTo(2);
    assertThat(LinkTransitions.count(NO_CARRIER + UP, "st0.0")).isEqualTo(2);
  }

  @Test
  void aRemovedInterfaceIsDown() {
    assertThat(LinkTransitions.count("Deleted " + UP, "st0.0")).isEqualTo(1);
  }

  @Test
  void otherInterfacesDoNotCount() {
    assertThat(LinkTransitions.count(DOWN.replace("st0.0", "st0.01"), "st0.0")).isZero();
    assertThat(LinkTransitions.count(DOWN.replace("st0.0", "eth0@if7"), "st0.0")).isZero();
    assertThat(LinkTransitions.count(DOWN.replace("st0.0", "eth0@if7"), "eth0")).isEqualTo(1);
  }
}
