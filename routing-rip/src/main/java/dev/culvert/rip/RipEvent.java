package dev.culvert.rip;

import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.rib.RibDelta;
import dev.culvert.core.wire.Octets;
import dev.culvert.rip.config.RipConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can happen to RIP. */
public sealed interface RipEvent {
  /**
   * The configuration in force from here on. {@link RipConfig#NONE} is also the orderly stop:
   * neighbors are told that nothing can be reached by this router.
   */
  record ConfigurationCommitted(RipConfig after) implements RipEvent {}

  /** An interface appeared or changed; sent for every interface, configured for RIP or not. */
  record InterfaceChanged(InterfaceState state) implements RipEvent {}

  record InterfaceRemoved(InterfaceName name) implements RipEvent {}

  /**
   * A datagram to RIP's port.
   *
   * @param hopLimit as it arrived, or TTL
   */
  record DatagramReceived(
      InterfaceName in, IpAddress source, int sourcePort, int hopLimit, Octets payload)
      implements RipEvent {}

  /** BFD's word on a neighbor that {@link RipAction.WatchNeighbor} asked about. */
  record LivenessChanged(LivenessTarget target, boolean up) implements RipEvent {}

  /** Active routes moved; export policies decide which of them neighbors are told. */
  record RibChanged(List<RibDelta> deltas) implements RipEvent {
    public RibChanged {
      deltas = List.copyOf(deltas);
    }
  }

  /**
   * {@code clear rip statistics}.
   *
   * @param neighbor null for all, and for what is counted of none
   */
  record ClearStatistics(@Nullable InterfaceName neighbor) implements RipEvent {}
}
