package dev.culvert.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement as it is written, before any schema: words up to {@code ;} or a block.
 *
 * @param words words and brackets, at least one word
 * @param block the statements between braces, or null where {@code ;} ends it
 */
record Statement(Tag tag, List<Token> words, @Nullable List<Statement> block) {
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
    this(inactive ? Tag.INACTIVE : Tag.NONE, words, block);
  }

  /** The same of other words. */
  Statement with(List<Token> others) {
    return new Statement(tag, others, block);
  }

  boolean inactive() {
    return tag == Tag.INACTIVE;
  }

  /** The same block behind the words from {@code index} on. */
  Statement from(int index) {
    return new Statement(false, words.subList(index, words.size()), block);
  }
}
