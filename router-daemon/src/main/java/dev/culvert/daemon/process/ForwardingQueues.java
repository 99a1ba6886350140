package dev.culvert.daemon.process;

import dev.culvert.engine.config.RouterConfig;

/** How many forwarding queues, and so threads a direction, the router runs. */
final class ForwardingQueues {
  /** As many as {@code security ipsec queues} allows. */
  private static final int MOST = 16;

  private ForwardingQueues() {}

  /** As configured; else one for two processors, since each has a thread of either direction. */
  static int of(RouterConfig config) {
    return config
        .ipsec()
        .queues()
        .orElse(Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST));
  }
}
