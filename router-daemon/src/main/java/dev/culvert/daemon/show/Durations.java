package dev.culvert.daemon.show;

import java.time.Duration;

/** Times as Junos prints them. */
public final class Durations {
  private Durations() {}

  /** {@code 00:00:17}, {@code 1d 02:03:04}, {@code 3w2d 04:45:37}. */
  static String age(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    String clock =
        String.format("%02d:%02d:%02d", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    long days = seconds / 86400;
    if (days == 0) {
      return clock;
    }
    return (days >= 7 ? days / 7 + "w" : "") + days % 7 + "d " + clock;
  }

  /**
   * As {@code show bgp summary} has it: {@code 35}, {@code 5:48}, {@code 4:38:38}, {@code 2d
   * 4:38:38}.
   */
  static String upDown(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < 60) {
      return Long.toString(seconds);
    }
    if (seconds < 3600) {
      return String.format("%d:%02d", seconds / 60, seconds % 60);
    }
    String clock =
        String.format("%d:%02d:%02d", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    long days = seconds / 86400;
    return days == 0 ? clock : (days >= 7 ? days / 7 + "w" : "") + days % 7 + "d " + clock;
  }

  /** Seconds with three decimals, such as {@code 0.150}. */
  static String seconds(Duration interval) {
    return String.format("%d.%03d", interval.toSeconds(), interval.toMillisPart());
  }
}
