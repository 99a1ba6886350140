package dev.culvert.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.culvert.daemon.show.FakeRouterState;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.RipShow;
import dev.culvert.rip.packet.RipFlavor;
import org.junit.jupiter.api.Test;

class RipCommandsTest {
  private final FakeRouterState router = new FakeRouterState();

  /** The columns are those of Junos. */
  @Test
  void neighborsAreShownInJunosColumns() {
    Page page = RipShow.neighbors(RipFlavor.RIP, router.ripNeighbors(RipFlavor.RIP));

    assertThat(page.lines())
        .containsExactly(
            "                  Local  Source          Destination     Send   Receive   In",
            "Neighbor          State  Address         Address         Mode   Mode     Met",
            "--------          -----  -------         -----------     ----   -------  ---",
            "eth1.0               Dn (null)          (null)          none   v1 only    3",
            "st0.0                Up 10.0.0.1        224.0.0.9       mcast  both       1");
    assertThat(page.element().children("rip-neighbor")).hasSize(2);
  }

  @Test
  void ripngNeighborsHaveAddressesOfTheirOwn() {
    Page page = RipShow.neighbors(RipFlavor.RIPNG, router.ripNeighbors(RipFlavor.RIPNG));

    assertThat(page.lines().getLast()).contains("fe80::1").contains("ff02::9").contains("yes");
    assertThat(page.element().children("rip-neighbor").getLast().child("rip-local-address-ipv6"))
        .isNotNull();
  }

  @Test
  void statisticsHaveATableForEachNeighbor() {
    Page page = RipShow.statistics(RipFlavor.RIP, router.ripStatistics(RipFlavor.RIP));

    assertThat(page.lines())
        .containsExactly(
            "RIPv2 info: port 520; holddown 120s.",
            "    rts learned  rts held down  rqsts dropped  resps dropped",
            "              3              1              4              5",
            "",
            "st0.0:  3 routes learned; 2 routes advertised; timeout 180s; update interval 30s",
            "Counter                         Total   Last 5 min  Last minute",
            "-------                   -----------  -----------  -----------",
            "Updates Sent                      120           10            2",
            "Bad Messages                        6            0            0");
    assertThat(RipShow.general(RipFlavor.RIP, router.ripStatistics(RipFlavor.RIP)).lines())
        .containsExactly(
            "RIPv2 I/O info:",
            "  bad msgs            :       6",
            "  no recv intf        :       7");
  }
}
