package dev.culvert.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement as it is written, before any schema: words up to {@code ;} or a block.
 *
 * @param words words and brackets, at least one word
 * @param block the statements between braces, or null where {@code ;} ends it
 */
record Statement(boolean inactive, List<Token> words, @Nullable List<Statement> block) {
  /** The same block behind the words from {@code index} on. */
  Statement from(int index) {
    return new Statement(false, words.subList(index, words.size()), block);
  }
}
