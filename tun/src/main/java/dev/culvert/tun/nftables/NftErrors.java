package dev.culvert.tun.nftables;

import java.util.List;

/** Makes a reason for an operator of what nftables writes when it refuses something. */
final class NftErrors {
  private static final int MAX_LINES = 3;
  private static final int MAX_LINE_LENGTH = 300;
  private static final String ERROR = "Error: ";

  private NftErrors() {}

  /**
   * The lines that say what is wrong. What nftables shows of the input beside them is a whole
   * document on one line, and is left out.
   */
  static String reason(String complaint) {
    List<String> reasons =
        complaint
            .lines()
            .filter(line -> line.contains(ERROR))
            .map(line -> line.substring(line.indexOf(ERROR) + ERROR.length()).strip())
            .distinct()
            .limit(MAX_LINES)
            .toList();
    if (reasons.isEmpty()) {
      reasons =
          complaint.lines().map(String::strip).filter(line -> !line.isEmpty()).limit(1).toList();
    }
    return reasons.isEmpty()
        ? "nftables gives no reason"
        : String.join("; ", reasons.stream().map(NftErrors::shortened).toList());
  }

  private static String shortened(String line) {
    return line.length() <= MAX_LINE_LENGTH ? line : line.substring(0, MAX_LINE_LENGTH) + "...";
  }
}
