package dev.culvert.lab.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LossPlacesTest {
  private final SortedMap<String, Long> drops = new TreeMap<>();

  @Test
  void aProtocolsCountersAreReadByName() {
    LossPlaces.addProtocols(
        "host B",
        """
        Ip: Forwarding DefaultTTL InReceives InHdrErrors InDiscards
        Ip: 1 64 1000 2 3
        Icmp: InMsgs InErrors
        Icmp: 5 6
        Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
        Udp: 900 1 40 800 39 0
        """,
        drops);
    assertThat(drops)
        .containsEntry("host B, Udp: RcvbufErrors", 39L)
        .containsEntry("host B, Ip: InDiscards", 3L)
        .doesNotContainKey("host B, Udp: InErrors")
        .hasSize(5);
  }

  @Test
  void eachDeviceHasDropsOfBothDirections() {
    LossPlaces.addDevices(
        "gateway A",
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
            lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
         st0.0: 1000 10 0 1 0 0 0 0 2000 20 0 393 0 0 0 0
        """,
        drops);
    assertThat(drops)
        .containsEntry("gateway A, st0.0: receiving", 1L)
        .containsEntry("gateway A, st0.0: sending", 393L)
        .containsEntry("gateway A, lo: sending", 0L);
  }

  @Test
  void theQueuesInFrontOfDevicesAreReadToo() {
    LossPlaces.addQueues(
        "gateway A",
        """
        qdisc noqueue 0: dev lo root refcnt 2
         Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)
         backlog 0b 0p requeues 0
        qdisc fq_codel 8001: dev st0.0 root refcnt 2 limit 10240p flows 1024
         Sent 123 bytes 4 pkt (dropped 17, overlimits 0 requeues 0)
        """,
        drops);
    assertThat(drops)
        .containsEntry("gateway A, st0.0: queue fq_codel", 17L)
        .containsEntry("gateway A, lo: queue noqueue", 0L);
  }

  @Test
  void culvertsOwnCausesFollowItsErrors() {
    LossPlaces.addCauses(
        "gateway B",
        """
        ESP Statistics:
          Encrypted bytes:                    1
          Decrypted packets:                  7
        Errors:
          ESP authentication failures: 0
          TS check fail: 3
        """,
        drops);
    assertThat(drops)
        .containsOnlyKeys(
            "gateway B, Culvert: ESP authentication failures", "gateway B, Culvert: TS check fail")
        .containsEntry("gateway B, Culvert: TS check fail", 3L);
  }

  @Test
  void theBacklogOfAllProcessorsCounts() {
    assertThat(LossPlaces.backlogDrops("0000a0 00000010 00 00\n00000b 00000001 00 00\n"))
        .isEqualTo(17);
  }

  @Test
  void onlyWhatGrewIsTold() {
    SortedMap<String, Long> later = new TreeMap<>(drops);
    drops.put("a", 5L);
    later.put("a", 5L);
    later.put("b", 2L);
    LossPlaces before = new LossPlaces(drops, 0, 0);
    assertThat(new LossPlaces(later, 0, 0).dropsSince(before)).containsOnlyKeys("b");
  }
}
