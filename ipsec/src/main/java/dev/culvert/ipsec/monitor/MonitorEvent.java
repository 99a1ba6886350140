package dev.culvert.ipsec.monitor;

import dev.culvert.core.net.InterfaceChanges;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.probe.EchoReply;
import dev.culvert.ipsec.config.MonitorConfig;

/** What can happen to the {@link MonitorEngine}. */
public sealed interface MonitorEvent {
  record ConfigurationCommitted(MonitorConfig after) implements MonitorEvent {}

  /** Requests come from their addresses. */
  record InterfacesChanged(InterfaceChanges changes) implements MonitorEvent {}

  /** A tunnel gained its first usable SA pair, or lost its last. */
  record TunnelChanged(InterfaceName tunnel, boolean up) implements MonitorEvent {}

  /** Something that arrived through that interface, and that anyone may have sent. */
  record ReplyReceived(InterfaceName in, EchoReply reply) implements MonitorEvent {}

  /**
   * The answer to {@link MonitorAction.ReadTraffic}.
   *
   * @param inboundPackets that have come out of the tunnel so far
   */
  record TrafficRead(InterfaceName tunnel, long inboundPackets) implements MonitorEvent {}
}
