package dev.culvert.lab.bench.contender;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OffloadsTest {
  @Test
  void onlyWhatWasOnIsSwitchedOffAndOnAgain() {
    assertThat(
            Offloads.on(
                """
                Features for eth0:
                rx-checksumming: on
                tx-checksumming: on
                \ttx-checksum-ipv4: off [fixed]
                scatter-gather: on
                \ttx-scatter-gather: on
                tcp-segmentation-offload: on
                generic-segmentation-offload: on
                generic-receive-offload: off
                tx-udp-segmentation: on
                """))
        .containsExactly("tso", "gso", "tx-udp-segmentation", "tx", "rx", "sg");
  }

  @Test
  void whatCannotBeSwitchedIsLeftAlone() {
    assertThat(Offloads.on("generic-receive-offload: on [fixed]\n")).isEmpty();
  }

  @Test
  void theLengthOfAQueueIsReadFromWhatIpShows() {
    assertThat(
            Lane.queueLength(
                "5: st0.0: <POINTOPOINT,UP> mtu 1400 qdisc pfifo_fast state UNKNOWN mode DEFAULT"
                    + " group default qlen 1000\\    link/none "))
        .hasValue(1000);
    assertThat(Lane.queueLength("2: eth0@if3: <UP> mtu 1400 qdisc noqueue state UP")).isEmpty();
  }
}
