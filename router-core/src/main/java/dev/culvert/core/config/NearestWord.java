package dev.culvert.core.config;

import java.util.Collection;
import java.util.Optional;

/** Finds the known word an operator probably meant. */
public final class NearestWord {
  /** Longer words are no slips of the pen, and the comparison is quadratic. */
  private static final int MAX_LENGTH = 64;

  private NearestWord() {}

  /** What is put behind "there is no X": {@code ; did you mean 'Y'?}, or nothing. */
  public static String hint(String word, Collection<String> known) {
    return to(word, known).map(nearest -> "; did you mean '" + nearest + "'?").orElse("");
  }

  /** The word of fewest edits, if these are two or at most a third of its letters. */
  public static Optional<String> to(String word, Collection<String> known) {
    if (word.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    String nearest = null;
    int fewest = Integer.MAX_VALUE;
    for (String candidate : known) {
      int edits = distance(word, candidate);
      if (edits < fewest && edits <= allowed(candidate)) {
        fewest = edits;
        nearest = candidate;
      }
    }
    return Optional.ofNullable(nearest).filter(n -> !n.isEmpty());
  }

  /** Two, as swapped letters count two; one in a word of three letters or fewer. */
  private static int allowed(String candidate) {
    return candidate.length() <= 3 ? 1 : Math.max(2, candidate.length() / 3);
  }

  /** Levenshtein's distance, row by row. */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int substitute = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[to.length()];
  }
}
