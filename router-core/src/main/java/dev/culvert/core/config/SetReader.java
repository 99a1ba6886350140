package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the {@code set} form: one edit a line. */
final class SetReader {
  /** What a line does to the tree built so far. */
  enum Verb {
    SET,
    DELETE,
    DEACTIVATE,
    ACTIVATE;

    static Optional<Verb> of(Token token) {
      for (Verb verb : values()) {
        if (token.isBare(ValueTypes.junosWord(verb))) {
          return Optional.of(verb);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * @param at the verb itself
   * @param path what follows it; may be empty
   */
  record Edit(Verb verb, Token at, List<Token> path) {
    /** Where a fault about the edit as a whole is reported. */
    Token lastWord() {
      return path.isEmpty() ? at : path.getLast();
    }
  }

  private final String file;
  private final Lexer lexer;
  private final Diagnostics diagnostics;

  SetReader(String file, String text, Diagnostics diagnostics) {
    this.file = file;
    this.lexer = new Lexer(file, text, true, diagnostics);
    this.diagnostics = diagnostics;
  }

  /** True if the first word of the text is a verb, so that it is in this form. */
  static boolean recognises(String text) {
    Token first = new Lexer("", text, false, new Diagnostics()).next();
    return Verb.of(first).isPresent();
  }

  List<Edit> read() {
    List<Edit> edits = new ArrayList<>();
    List<Token> line = new ArrayList<>();
    while (true) {
      Token token = lexer.next();
      if (!token.is(Kind.END_OF_LINE) && !token.is(Kind.END_OF_TEXT)) {
        line.add(token);
        continue;
      }
      if (!line.isEmpty()) {
        edit(List.copyOf(line)).ifPresent(edits::add);
        line.clear();
      }
      if (token.is(Kind.END_OF_TEXT)) {
        return edits;
      }
    }
  }

  private Optional<Edit> edit(List<Token> line) {
    Token first = line.getFirst();
    Optional<Verb> verb = Verb.of(first);
    if (verb.isEmpty()) {
      fault(first, "line must begin with set, delete, deactivate or activate");
      return Optional.empty();
    }
    if (line.size() > ConfigLimits.MAX_STATEMENT_WORDS) {
      fault(first, "statement of more than " + ConfigLimits.MAX_STATEMENT_WORDS + " words");
      return Optional.empty();
    }
    List<Token> path = line.subList(1, line.size());
    for (Token token : path) {
      if (token.is(Kind.OPEN_BRACE) || token.is(Kind.CLOSE_BRACE) || token.is(Kind.SEMICOLON)) {
        fault(token, token.kind().description() + " has no place in a set line");
        return Optional.empty();
      }
    }
    if (path.isEmpty()) {
      fault(first, "'" + first.text() + "' without a statement");
      return Optional.empty();
    }
    return Optional.of(new Edit(verb.get(), first, path));
  }

  private void fault(Token at, String message) {
    diagnostics.error(at.at(file), "", message);
  }
}
