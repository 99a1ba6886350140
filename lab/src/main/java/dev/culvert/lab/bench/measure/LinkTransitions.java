package dev.culvert.lab.bench.measure;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts how often an interface changed between up and down, by {@code ip -o monitor link}. */
final class LinkTransitions {
  private static final Pattern LINE =
      Pattern.compile("^(Deleted )?\\d+: ([^:@]+)(@[^:]+)?: <([A-Z0-9_,-]*)>");

  private LinkTransitions() {}

  /** The changes of a device that was up when the monitor began. */
  static int count(String monitored, String device) {
    boolean up = true;
    int transitions = 0;
    for (String line : monitored.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.find() || !matcher.group(2).equals(device)) {
        continue;
      }
      String flags = "," + matcher.group(4) + ",";
      boolean isUp =
          matcher.group(1) == null && flags.contains(",UP,") && !flags.contains(",NO-CARRIER,");
      if (isUp != up) {
        transitions++;
        up = isUp;
      }
    }
    return transitions;
  }
}
