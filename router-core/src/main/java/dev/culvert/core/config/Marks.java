package dev.culvert.core.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is known of a statement beside what it says.
 *
 * @param isProtected {@code protect:}: neither it nor what is inside is changed by edits
 * @param comment shown in front of it; empty for none
 * @param inherited in an expanded configuration: where the statement comes from, as {@code group
 *     'g'}. The key is the value of a leaf-list that does, and empty for other statements
 */
public record Marks(boolean isProtected, String comment, Map<String, String> inherited) {
  public static final Marks NONE = new Marks(false, "", Map.of());

  /** A comment as it is kept: one of several lines as it was written, another without margins. */
  static String comment(String inside) {
    String clean = inside.replaceAll("[\\p{Cntrl}&&[^\n]]", " ");
    return clean.strip().contains("\n") ? clean : clean.strip();
  }

  /** The comment as a text has it. */
  String printedComment() {
    return comment.contains("\n") ? "/*" + comment + "*/" : "/* " + comment + " */";
  }

  public Marks {
    inherited =
        inherited.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(inherited));
  }
}
