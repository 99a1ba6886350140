package dev.culvert.lab.bench.failover;

import dev.culvert.lab.bench.measure.PacedFlow;
import java.util.List;
import java.util.Locale;

/**
 * What one trigger cost at {@link FailoverTrial#PACKETS_PER_SECOND}.
 *
 * @param away while the backup took over; of a trigger that heals itself, the return as well
 * @param back on the return to the primary
 */
public record FailoverResult(Trigger trigger, PacedFlow.Loss away, PacedFlow.Loss back) {
  /** Whether no more was lost than the goal, if there is one, and nothing on the way back. */
  public boolean isMet() {
    return back.lost() == 0 && trigger.goal().stream().allMatch(goal -> away.lost() <= goal);
  }

  /** A table for people; the longest gap in milliseconds is that in packets. */
  public static String table(List<FailoverResult> results) {
    StringBuilder table = new StringBuilder();
    line(table, "trigger", "without a path", "lost", "goal", "lost on return");
    for (FailoverResult r : results) {
      line(
          table,
          r.trigger().title(),
          r.away().longestGap() * 1000 / FailoverTrial.PACKETS_PER_SECOND + " ms",
          Integer.toString(r.away().lost()),
          r.trigger().goal().isPresent() ? "<= " + r.trigger().goal().getAsInt() : "-",
          Integer.toString(r.back().lost()));
    }
    return table.toString();
  }

  private static void line(
      StringBuilder table, String trigger, String gap, String lost, String goal, String back) {
    table.append(
        String.format(Locale.ROOT, "%-36s %15s %8s %8s %15s%n", trigger, gap, lost, goal, back));
  }
}
