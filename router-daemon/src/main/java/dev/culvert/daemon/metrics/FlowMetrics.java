package dev.culvert.daemon.metrics;

import dev.culvert.daemon.flow.SessionLogCounts;
import dev.culvert.daemon.show.FlowTable;
import dev.culvert.daemon.show.RouterState;
import java.io.IOException;

/**
 * The sessions that the kernel tracks, nothing where it tracks none; and what is logged of them.
 */
record FlowMetrics(RouterState router, ScrapedMeters meters) {
  void read() {
    sessions();
    SessionLogCounts lines = router.sessionLog();
    lines("written", lines.written());
    lines("suppressed", lines.heldBack());
    lines("lost", lines.lost());
  }

  private void lines(String outcome, long count) {
    meters.counter(
        "culvert_session_log_lines",
        "Lines of the policies' session logs, written and not",
        count,
        "outcome",
        outcome);
  }

  private void sessions() {
    FlowTable table = router.flowTable();
    int count;
    int limit;
    try {
      count = table.count();
      limit = table.limit();
    } catch (IOException absent) {
      // No connection tracking: neither zones nor NAT have asked for it.
      return;
    }
    meters.gauge("culvert_sessions", "Sessions that the kernel tracks", count);
    meters.gauge(
        "culvert_sessions_limit",
        "Sessions that the kernel may track; beyond it none begins",
        limit);
  }
}
