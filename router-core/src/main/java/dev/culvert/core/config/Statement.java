package dev.culvert.core.config;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One statement as it is written, before any schema: words up to {@code ;} or a block.
 *
 * @param tags what stands in front of it
 * @param comment the comment in front of that; empty for none
 * @param words words and brackets, at least one word
 * @param block the statements between braces, or null where {@code ;} ends it
 */
record Statement(
    Set<Tag> tags, String comment, List<Token> words, @Nullable List<Statement> block) {
  /** What may stand in front of a statement. */
  enum Tag {
    NONE(""),
    INACTIVE("inactive:"),
    ACTIVE("active:"),
    /** {@code load replace}: nothing of what was there stays. */
    REPLACE("replace:"),
    /** {@code load replace}: the statement goes. */
    DELETE("delete:"),
    PROTECT("protect:"),
    UNPROTECT("unprotect:");

    private final String text;

    Tag(String text) {
      this.text = text;
    }

    static Tag of(Token token) {
      for (Tag tag : values()) {
        if (tag != NONE && token.isBare(tag.text)) {
          return tag;
        }
      }
      return NONE;
    }
  }

  Statement(boolean inactive, List<Token> words, @Nullable List<Statement> block) {
    this(inactive ? Set.of(Tag.INACTIVE) : Set.of(), "", words, block);
  }

  /** The same of other words. */
  Statement with(List<Token> others) {
    return new Statement(tags, comment, others, block);
  }

  /** A member of a block that is inactive as a whole if that is. */
  Statement inside(Statement outer) {
    Set<Tag> all = new TreeSet<>(tags);
    if (outer.inactive()) {
      all.add(Tag.INACTIVE);
    }
    return new Statement(all, comment, words, block);
  }

  boolean has(Tag tag) {
    return tags.contains(tag);
  }

  boolean inactive() {
    return has(Tag.INACTIVE);
  }

  /** The same block behind the words from {@code index} on. */
  Statement from(int index) {
    return new Statement(false, words.subList(index, words.size()), block);
  }
}
