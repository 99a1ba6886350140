package dev.culvert.core.config;

/**
 * One word or mark of configuration text.
 *
 * @param text the word with its escapes resolved; empty for marks
 * @param quoted the word stood in quotes, so it is never a mark or a verb
 */
record Token(Kind kind, String text, boolean quoted, int line, int column) {
  enum Kind {
    WORD("a word"),
    OPEN_BRACE("'{'"),
    CLOSE_BRACE("'}'"),
    OPEN_BRACKET("'['"),
    CLOSE_BRACKET("']'"),
    SEMICOLON("';'"),
    END_OF_LINE("the end of the line"),
    END_OF_TEXT("the end of the file");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    String description() {
      return description;
    }
  }

  boolean is(Kind other) {
    return kind == other;
  }

  /** True for that very word, unquoted. */
  boolean isBare(String word) {
    return kind == Kind.WORD && !quoted && text.equals(word);
  }

  SourcePosition at(String file) {
    return new SourcePosition(file, line, column);
  }

  /** Words stay out: any of them may be a secret. */
  @Override
  public String toString() {
    return kind + "@" + line + ":" + column;
  }
}
