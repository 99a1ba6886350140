package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;

/** An {@code st0.N} unit: its queue, its counters, and the packets that wait for an SA. */
final class Tunnel {
  final InterfaceName name;
  final TunQueue queue;

  /** Written by {@code forwarding-in}. */
  final TrafficCounters inbound = new TrafficCounters();

  /** Written by {@code forwarding-out}, as is all below. */
  final TrafficCounters outbound = new TrafficCounters();

  final HeldPackets held = new HeldPackets();
  long missingSaReportedAtNanos;
  boolean missingSaReported;

  Tunnel(TunQueue queue) {
    this.name = queue.interfaceName();
    this.queue = queue;
  }
}
