package dev.culvert.ipsec.forwarding;

import dev.culvert.core.forwarding.TunQueue;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.ipsec.esp.DropCause;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An {@code st0.N} unit as the data path sees it: its queues, and its counters, which each
 * forwarding queue has its own of.
 */
final class TunnelUnit {
  final InterfaceName name;

  private final TunnelQueue[] queues;
  private final TrafficCounters[] inbound;
  private final TrafficCounters[] outbound;

  private final AtomicInteger unreleased;

  /** Who packets came from last; made with the first that is watched. */
  private volatile @Nullable RecentSources sources;

  /**
   * @param devices queues of one device, one a forwarding queue
   */
  TunnelUnit(List<? extends TunQueue> devices) {
    this.name = devices.getFirst().interfaceName();
    this.queues = new TunnelQueue[devices.size()];
    this.inbound = new TrafficCounters[devices.size()];
    this.outbound = new TrafficCounters[devices.size()];
    this.unreleased = new AtomicInteger(devices.size());
    for (int queue = 0; queue < queues.length; queue++) {
      queues[queue] = new TunnelQueue(this, devices.get(queue));
      inbound[queue] = new TrafficCounters();
      outbound[queue] = new TrafficCounters();
    }
  }

  TunnelQueue queue(int queue) {
    return queues[queue];
  }

  /** Written by the inbound thread of that queue. */
  TrafficCounters inbound(int queue) {
    return inbound[queue];
  }

  /** Written by the outbound thread of that queue. */
  TrafficCounters outbound(int queue) {
    return outbound[queue];
  }

  /** For those that write. */
  RecentSources sources() {
    RecentSources made = sources;
    return made == null ? makeSources() : made;
  }

  private synchronized RecentSources makeSources() {
    RecentSources made = sources == null ? new RecentSources() : sources;
    sources = made;
    return made;
  }

  /** For those that read; null while nothing has been watched. */
  @Nullable RecentSources knownSources() {
    return sources;
  }

  TunnelCounters counters() {
    return new TunnelCounters(
        TrafficCounters.packets(inbound),
        TrafficCounters.octets(inbound),
        TrafficCounters.packets(outbound),
        TrafficCounters.octets(outbound),
        DropCause.count(cause ->
            TrafficCounters.dropped(cause, inbound) + TrafficCounters.dropped(cause, outbound)));
  }

  /** Called once for each queue that nobody reads any more; true for the last. */
  boolean isReleasedByAll() {
    return unreleased.decrementAndGet() == 0;
  }

  void close() {
    for (TunnelQueue queue : queues) {
      queue.device.close();
    }
  }
}
