package dev.culvert.ospf;

import dev.culvert.core.liveness.LivenessConfig;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.notice.Notice;
import dev.culvert.core.rib.RouteUpdate;
import dev.culvert.core.wire.Octets;
import java.util.List;

/** What OSPF asks of its surroundings. */
public sealed interface OspfAction {
  /** Open the protocol-89 socket of an interface and join AllSPFRouters, 224.0.0.5. */
  record OpenInterface(InterfaceName name) implements OspfAction {}

  record CloseInterface(InterfaceName name) implements OspfAction {}

  /** Join 224.0.0.6: this router is Designated Router or its Backup there. */
  record JoinAllDRouters(InterfaceName name) implements OspfAction {}

  record LeaveAllDRouters(InterfaceName name) implements OspfAction {}

  /** Send with IP protocol 89, TTL 1 and precedence Internetwork Control (RFC 2328 §A.1). */
  record SendPacket(InterfaceName out, Ipv4Address source, Ipv4Address destination, Octets payload)
      implements OspfAction {}

  /** Changes only: what a routing table calculation left as it was is not repeated. */
  record UpdateRoutes(List<RouteUpdate> updates) implements OspfAction {
    public UpdateRoutes {
      updates = List.copyOf(updates);
    }
  }

  record WatchNeighbor(LivenessTarget target, LivenessConfig config) implements OspfAction {}

  record UnwatchNeighbor(LivenessTarget target) implements OspfAction {}

  record Report(Notice notice) implements OspfAction {}
}
