package dev.culvert.cli.pipe;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a line at its pipes and a pipe into its words. Double quotes keep blanks and bars together;
 * a backslash inside them keeps a quote. A bar within a word is no pipe: {@code match bgp|ospf}.
 */
public final class PipeSplitter {
  private PipeSplitter() {}

  /** The command and what stands behind each {@code |}; at least one part. */
  public static List<String> split(String line) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '|' && !quoted && standsAlone(line, i)) {
        parts.add(line.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(line.substring(from));
    return parts;
  }

  private static boolean standsAlone(String line, int bar) {
    return bar == 0
        || Character.isWhitespace(line.charAt(bar - 1))
        || bar + 1 == line.length()
        || Character.isWhitespace(line.charAt(bar + 1));
  }
}
