package dev.culvert.engine;

import dev.culvert.bgp.BgpEvent;
import dev.culvert.core.fib.FibResult;
import dev.culvert.core.fib.FibSlice;
import dev.culvert.core.fib.KernelRoute;
import dev.culvert.core.fib.KernelRouteChange;
import dev.culvert.core.liveness.LivenessTarget;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.net.InterfaceState;
import dev.culvert.core.net.IpAddress;
import dev.culvert.core.net.IpPrefix;
import dev.culvert.core.net.Ipv4Address;
import dev.culvert.core.wire.Octets;
import dev.culvert.engine.config.RouterConfig;
import dev.culvert.engine.rpm.RpmTest;
import dev.culvert.rip.RipEvent;
import dev.culvert.rip.packet.RipFlavor;
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
   * Where the packets of one of a tunnel's peers go: it may have no configured address, or have
   * moved.
   *
   * @param peer its number, unique among all
   * @param remote null while it is down
   */
  record TunnelRemoteChanged(InterfaceName tunnel, int peer, @Nullable IpAddress remote)
      implements RouterEvent {}

  /** The VPN monitor's word on a tunnel, whatever its SA pairs: whether routes may use it. */
  record TunnelPathChanged(InterfaceName tunnel, boolean usable) implements RouterEvent {}

  /** What a test of {@code services rpm} has found, whenever that changes. */
  record RpmTestChanged(RpmTest.Key test, boolean failed) implements RouterEvent {}

  /**
   * Where a traffic selector of a tunnel leads.
   *
   * @param selector its number, unique among all
   * @param remotes prefixes beyond the tunnel; empty: none any more
   */
  record SelectorChanged(
      int selector, InterfaceName tunnel, List<IpPrefix> remotes, long metric, long preference)
      implements RouterEvent {
    public SelectorChanged {
      remotes = List.copyOf(remotes);
    }
  }

  /**
   * Which prefixes two addresses are of, beyond a tunnel: asked by IKE, and answered to it.
   *
   * @param one the number of the peer that the first address is behind, likewise other: for the
   *     answer
   */
  record RoutesAsked(
      InterfaceName tunnel, int one, int other, IpAddress behindOne, IpAddress behindOther)
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

  /** As {@link dev.culvert.rip.RipEvent.DatagramReceived}. */
  record RipDatagramReceived(
      RipFlavor flavor,
      InterfaceName in,
      IpAddress source,
      int sourcePort,
      int hopLimit,
      Octets payload)
      implements RouterEvent {}

  /** What BGP's transport has to tell. */
  record BgpTransport(BgpEvent event) implements RouterEvent {}

  /** The kernel's table with what an earlier run left there: the first event, once. */
  record KernelRoutesFound(List<KernelRoute> routes) implements RouterEvent {
    public KernelRoutesFound {
      routes = List.copyOf(routes);
    }
  }

  /**
   * Somebody else, or the kernel itself, has changed routes.
   *
   * @param number of the last of them, see {@link RouterAction.UpdateFib}
   */
  record KernelRoutesChanged(List<KernelRouteChange> changes, long number) implements RouterEvent {
    public KernelRoutesChanged {
      changes = List.copyOf(changes);
    }
  }

  /**
   * Changes of routes were missed.
   *
   * @param number as that of a change
   */
  record KernelNewsLost(long number) implements RouterEvent {}

  /** What a {@link RouterAction.ReadFib} asked for. */
  record KernelRoutesRead(FibSlice slice) implements RouterEvent {}

  /** What a {@link RouterAction.ReadFib} asked for could not be read. */
  record KernelReadFailed() implements RouterEvent {}

  /** What became of an {@link RouterAction.UpdateFib}, operation by operation. */
  record FibUpdated(List<FibResult> results) implements RouterEvent {
    public FibUpdated {
      results = List.copyOf(results);
    }
  }

  /** {@code clear bgp neighbor}; null is all. */
  record ClearBgp(BgpEvent.ClearNeighbor request) implements RouterEvent {}

  /** {@code clear rip statistics}, or {@code ripng}. */
  record ClearRip(RipFlavor flavor, RipEvent.ClearStatistics request) implements RouterEvent {}

  /** Orderly stop: peers are told, routes are taken out of the kernel. */
  record ShutDown() implements RouterEvent {}
}
