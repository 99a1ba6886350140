package dev.culvert.rip;

import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.policy.PolicyChain;
import dev.culvert.core.rib.NextHop;
import dev.culvert.core.rib.Route;
import dev.culvert.core.rib.RouteDetail;
import dev.culvert.core.rib.RouteProtocol;
import dev.culvert.core.rib.RouteSource;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.rib.TableId;
import dev.culvert.core.wire.Octets;
import dev.culvert.rip.config.RipConfig;
import dev.culvert.rip.config.RipGroupConfig;
import dev.culvert.rip.config.RipNeighborConfig;
import dev.culvert.rip.packet.RipCommand;
import dev.culvert.rip.packet.RipFlavor;
import dev.culvert.rip.packet.RipMessage;
import dev.culvert.rip.packet.RouteEntry;
import java.util.Arrays;
import java.util.List;

/** Configurations, routes and messages that the stories are told with. */
final class Played {
  /** What a router is usually told to export: its own subnets, what it learned, static routes. */
  static final PolicyChain ALL =
      PolicyChain.of("", "from protocol [ direct static rip ripng ]; then accept;");

  private Played() {}

  static RipNeighborConfig neighbor(String name) {
    return RipNeighborConfig.of(InterfaceName.of(name));
  }

  /** One group that exports everything. */
  static RipConfig config(RipNeighborConfig... neighbors) {
    return RipConfig.of(RipGroupConfig.of("g", ALL, neighbors));
  }

  static RipConfig config(String... interfaces) {
    return config(
        Arrays.stream(interfaces).map(Played::neighbor).toArray(RipNeighborConfig[]::new));
  }

  static RouteUpdate blackhole(String prefix) {
    return announce(prefix, 0);
  }

  static RouteUpdate announce(String prefix, long tag) {
    IpPrefix destination = IpPrefix.parse(prefix).orElseThrow();
    return new RouteUpdate.Announce(
        TableId.of(destination.family()),
        new Route(
            destination,
            new RouteSource(RouteProtocol.STATIC, ""),
            5,
            0,
            0,
            List.of(new NextHop.Discard()),
            new RouteDetail.Static(tag)));
  }

  static RouteUpdate withdraw(String prefix) {
    IpPrefix destination = IpPrefix.parse(prefix).orElseThrow();
    return new RouteUpdate.Withdraw(
        TableId.of(destination.family()), destination, new RouteSource(RouteProtocol.STATIC, ""));
  }

  /** A response with a route. */
  static Octets response(String prefix, int metric) {
    return response(RouteEntry.of(IpPrefix.parse(prefix).orElseThrow(), 0, metric));
  }

  static Octets response(RouteEntry... entries) {
    RipFlavor flavor =
        entries.length > 0 && entries[0].address().family() == RipFlavor.RIPNG.family()
            ? RipFlavor.RIPNG
            : RipFlavor.RIP;
    int version = flavor == RipFlavor.RIP ? 2 : 1;
    return new RipMessage(RipCommand.RESPONSE, version, List.of(entries)).encode(flavor);
  }
}
