package dev.culvert.cli.protocol;

/**
 * One thing that may stand at the cursor.
 *
 * @param word to be inserted as it is, or, if not literal, a placeholder such as {@code <address>}
 * @param help what it means, in a few words; may be empty
 * @param literal false for placeholders, which are shown and never inserted
 */
public record Completion(String word, String help, boolean literal) {

  public static Completion word(String word, String help) {
    return new Completion(word, help, true);
  }

  public static Completion placeholder(String word, String help) {
    return new Completion(word, help, false);
  }
}
