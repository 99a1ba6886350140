package dev.culvert.ospf;

import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.wire.Octets;
import dev.culvert.ospf.config.OspfConfig;
import java.util.List;

/** What can happen to OSPF. */
public sealed interface OspfEvent {
  /**
   * The configuration in force from here on. {@link OspfConfig#NONE} is also the orderly stop:
   * every LSA of ours is flushed before the sockets are closed.
   */
  record ConfigurationCommitted(OspfConfig after) implements OspfEvent {}

  /** An interface appeared or changed; sent for every interface, configured for OSPF or not. */
  record InterfaceChanged(InterfaceState state) implements OspfEvent {}

  record InterfaceRemoved(InterfaceName name) implements OspfEvent {}

  /** An IP datagram of protocol 89; the payload starts after the IP header. */
  record PacketReceived(
      InterfaceName in, Ipv4Address source, Ipv4Address destination, Octets payload)
      implements OspfEvent {}

  /** A neighbor watched by {@link OspfAction.WatchNeighbor} no longer answers. */
  record LivenessLost(LivenessTarget target) implements OspfEvent {}

  /** A watched neighbor answers, perhaps again after it was lost. */
  record LivenessUp(LivenessTarget target) implements OspfEvent {}

  /** Active routes moved; the export policy decides which of them become AS-external-LSAs. */
  record RibChanged(List<RibDelta> deltas) implements OspfEvent {
    public RibChanged {
      deltas = List.copyOf(deltas);
    }
  }
}
