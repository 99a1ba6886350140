package dev.culvert.rip;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.wire.Octets;
import java.util.List;

/** What RIP asks of its surroundings. */
public sealed interface RipAction {
  /** Open the UDP socket of an interface at RIP's port and join its group. */
  record OpenInterface(InterfaceName name) implements RipAction {}

  record CloseInterface(InterfaceName name) implements RipAction {}

  /**
   * Send from RIP's port: to the group with a TTL of 1, of RIPng with a hop limit of 255 wherever
   * (RFC 2080 §2.4.2).
   */
  record SendDatagram(
      InterfaceName out,
      IpAddress source,
      IpAddress destination,
      int destinationPort,
      Octets payload)
      implements RipAction {}

  /** Changes only. */
  record UpdateRoutes(List<RouteUpdate> updates) implements RipAction {
    public UpdateRoutes {
      updates = List.copyOf(updates);
    }
  }

  record WatchNeighbor(LivenessTarget target, LivenessConfig config) implements RipAction {}

  record UnwatchNeighbor(LivenessTarget target) implements RipAction {}

  record Report(Notice notice) implements RipAction {}
}
