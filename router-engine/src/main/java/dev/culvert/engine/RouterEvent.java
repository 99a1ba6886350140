package dev.culvert.engine;

import dev.culvert.bgp.BgpEvent;
import dev.culvert.core.fib.FibEntry;
import dev.culvert.core.fib.FibKey;
import dev.culvert.core.fib.FibOperation;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.config.RouterConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What can happen to the router as a whole. */
public sealed interface RouterEvent {
  /** The configuration in force from here on; it has passed every check. */
  record ConfigurationCommitted(RouterConfig after) implements RouterEvent {}

  /** All interfaces the kernel has, after any change. */
  record InterfacesChanged(List<InterfaceState> interfaces) implements RouterEvent {
    public InterfacesChanged {
      interfaces = List.copyOf(interfaces);
    }
  }

  /** A tunnel gained its first usable SA pair, or lost its last. */
  record TunnelChanged(InterfaceName tunnel, boolean up) implements RouterEvent {}

  /**
   * Where a tunnel's packets go: a peer may have no configured address, or have moved.
   *
   * @param remote null while the tunnel is down
   */
  record TunnelRemoteChanged(InterfaceName tunnel, @Nullable IpAddress remote)
      implements RouterEvent {}

  /**
   * BFD's word on a neighbor that a protocol asked to be watched.
   *
   * @param up false: the path is lost; true: it is there, or its far end has stopped on purpose and
   *     so does not say that it is lost (RFC 5882 §3.2)
   */
  record LivenessChanged(LivenessTarget target, boolean up) implements RouterEvent {}

  record OspfPacketReceived(
      InterfaceName in, Ipv4Address source, Ipv4Address destination, Octets payload)
      implements RouterEvent {}

  /** What BGP's transport has to tell. */
  record BgpTransport(BgpEvent event) implements RouterEvent {}

  /** Our routes that an earlier run left in the kernel: the first event, once. */
  record KernelRoutesFound(List<FibEntry> entries) implements RouterEvent {
    public KernelRoutesFound {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The time for protocols to settle after a start is over: what nobody has asked for again is
   * swept from the kernel.
   */
  record KernelSweepDue() implements RouterEvent {}

  /**
   * Someone else changed a route of ours in the kernel.
   *
   * @param entry as the kernel has it; null if it was deleted
   */
  record KernelRouteChanged(FibKey key, @Nullable FibEntry entry) implements RouterEvent {}

  /** What became of an {@link RouterAction.UpdateFib}, operation by operation. */
  record FibUpdated(List<FibResult> results) implements RouterEvent {
    public FibUpdated {
      results = List.copyOf(results);
    }
  }

  /**
   * @param errno 0, or the kernel's error number
   */
  record FibResult(FibOperation operation, int errno) {}

  /** {@code clear bgp neighbor}; null is all. */
  record ClearBgp(BgpEvent.ClearNeighbor request) implements RouterEvent {}

  /** Orderly stop: peers are told, routes are taken out of the kernel. */
  record ShutDown() implements RouterEvent {}
}
