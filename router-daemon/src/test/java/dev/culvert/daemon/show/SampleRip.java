package dev.culvert.daemon.show;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.net.Ipv6Address;
import dev.culvert.rip.config.ReceiveMode;
import dev.culvert.rip.config.SendMode;
import dev.culvert.rip.operational.RipCounter;
import dev.culvert.rip.operational.RipNeighborStatistics;
import dev.culvert.rip.operational.RipNeighborStatus;
import dev.culvert.rip.operational.RipStatistics;
import dev.culvert.rip.packet.RipFlavor;
import java.time.Duration;
import java.util.List;

/** What a router that speaks RIP on a tunnel and a LAN would say. */
final class SampleRip {
  private static final InterfaceName TUNNEL = InterfaceName.of("st0.0");
  private static final InterfaceName LAN = InterfaceName.of("eth1.0");

  private SampleRip() {}

  static List<RipNeighborStatus> neighbors(RipFlavor flavor) {
    boolean six = flavor == RipFlavor.RIPNG;
    return List.of(
        new RipNeighborStatus(
            LAN, false, null, null, SendMode.NONE, ReceiveMode.VERSION_1, 3, "none", 0),
        new RipNeighborStatus(
            TUNNEL,
            true,
            six ? Ipv6Address.of("fe80::1") : Ipv4Address.of("10.0.0.1"),
            flavor.group(),
            SendMode.MULTICAST,
            ReceiveMode.BOTH,
            1,
            "md5",
            1));
  }

  static RipStatistics statistics(RipFlavor flavor) {
    return new RipStatistics(
        flavor.port(),
        Duration.ofMinutes(2),
        3,
        1,
        4,
        5,
        6,
        7,
        List.of(
            new RipNeighborStatistics(
                TUNNEL,
                3,
                2,
                Duration.ofMinutes(3),
                Duration.ofSeconds(30),
                List.of(
                    new RipCounter("Updates Sent", 120, 10, 2),
                    new RipCounter("Bad Messages", 6, 0, 0)))));
  }
}
