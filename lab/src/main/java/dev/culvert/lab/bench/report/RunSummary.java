package dev.culvert.lab.bench.report;

import java.time.Duration;

/**
 * How the results came about.
 *
 * @param command as it was given, without paths
 * @param congestionControl of the TCP streams
 * @param disturbances a sentence on what else ran on the machine
 */
public record RunSummary(
    String command,
    int passes,
    int passesWanted,
    Duration taken,
    String congestionControl,
    String disturbances) {

  /** Such as {@code 3 passes}, or {@code 2 passes of 3} if not all have been made. */
  public String passesDone() {
    String done = passes + (passes == 1 ? " pass" : " passes");
    return passes == passesWanted ? done : done + " of " + passesWanted;
  }

  long minutes() {
    return Math.max(1, Math.round(taken.toSeconds() / 60.0));
  }
}
