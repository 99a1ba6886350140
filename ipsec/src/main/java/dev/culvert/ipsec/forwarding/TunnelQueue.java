package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.TunQueue;

/**
 * One queue of a tunnel's device, and the packets from it that wait for an SA. It belongs to the
 * outbound thread that reads it at the moment; a command hands it from one to the next. Inbound
 * threads write to the device only.
 */
final class TunnelQueue {
  final TunnelUnit tunnel;
  final TunQueue device;
  final HeldPackets held = new HeldPackets();
  final Codel codel = new Codel();
  final RecentReports reports = new RecentReports();

  /** When it was last seen empty: what is read next came later. */
  long emptyAtNanos;

  /** When the batch began that it was last read in. */
  long readAtNanos;

  TunnelQueue(TunnelUnit tunnel, TunQueue device) {
    this.tunnel = tunnel;
    this.device = device;
  }
}
