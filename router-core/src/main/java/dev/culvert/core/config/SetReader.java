package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Reads the {@code set} form: one edit a line. */
final class SetReader {
  /** What a line does to the tree built so far. */
  enum Verb {
    SET,
    DELETE,
    DEACTIVATE,
    ACTIVATE,
    RENAME,
    COPY,
    INSERT,
    ANNOTATE,
    PROTECT,
    UNPROTECT,
    REPLACE;

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
   * @param path the statement; may be empty
   * @param tail what else the verb needs: of rename and copy the new name, of insert the marker and
   *     the other statement, of annotate the text, of replace the pattern and what takes its place
   */
  record Edit(Verb verb, Token at, List<Token> path, List<Token> tail) {
    Edit(Verb verb, Token at, List<Token> path) {
      this(verb, at, path, List.of());
    }

    /** Where a fault about the edit as a whole is reported. */
    Token lastWord() {
      return path.isEmpty() ? at : path.getLast();
    }
  }

  /** What a pasted session holds beside edits: nothing that would change the text's tree. */
  private static final List<String> PASSED_OVER = List.of("configure", "commit");

  private final String file;
  private final SchemaNode.Container root;
  private final Lexer lexer;
  private final Diagnostics diagnostics;
  private final Deque<EditPath> before = new ArrayDeque<>();
  private EditPath path = EditPath.TOP;

  /** An {@code edit} was wrong: what follows is about a place that nobody knows. */
  private boolean isLost;

  /**
   * @param root what {@code edit} and {@code up} move in
   */
  SetReader(String file, SchemaNode.Container root, String text, Diagnostics diagnostics) {
    this.file = file;
    this.root = root;
    this.lexer = new Lexer(file, text, true, diagnostics);
    this.diagnostics = diagnostics;
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
      return move(line);
    }
    if (line.size() > ConfigLimits.MAX_STATEMENT_WORDS) {
      fault(first, "statement of more than " + ConfigLimits.MAX_STATEMENT_WORDS + " words");
      return Optional.empty();
    }
    List<Token> rest = line.subList(1, line.size());
    for (Token token : rest) {
      if (token.is(Kind.OPEN_BRACE) || token.is(Kind.CLOSE_BRACE) || token.is(Kind.SEMICOLON)) {
        fault(token, token.kind().description() + " has no place in a set line");
        return Optional.empty();
      }
    }
    if (isLost) {
      return Optional.empty();
    }
    if (rest.isEmpty() && path.isTop()) {
      fault(first, "'" + first.text() + "' without a statement");
      return Optional.empty();
    }
    List<Token> words = new ArrayList<>();
    path.words().forEach(word -> words.add(new Token(Kind.WORD, word, false, first.line(), 1)));
    words.addAll(rest);
    Optional<Edit> edit = split(verb.get(), first, List.copyOf(words));
    if (edit.isEmpty()) {
      fault(first, "'" + first.text() + "' takes " + form(verb.get()));
    }
    return edit;
  }

  /** Takes apart what follows the verb; nothing if that is not of its form. */
  private static Optional<Edit> split(Verb verb, Token at, List<Token> words) {
    int size = words.size();
    int tail =
        switch (verb) {
          case SET, DELETE, DEACTIVATE, ACTIVATE, PROTECT, UNPROTECT -> size;
          case RENAME, COPY -> marker(words, List.of("to"));
          case INSERT -> marker(words, List.of("before", "after"));
          case ANNOTATE -> size - 1;
          case REPLACE ->
              size >= 4
                      && words.get(size - 4).isBare("pattern")
                      && words.get(size - 2).isBare("with")
                  ? size - 4
                  : -1;
        };
    if (tail < 0 || (tail == 0 && verb != Verb.REPLACE)) {
      return Optional.empty();
    }
    List<Token> rest =
        switch (verb) {
          case RENAME, COPY -> words.subList(tail + 1, size);
          case REPLACE -> List.of(words.get(size - 3), words.getLast());
          default -> words.subList(tail, size);
        };
    return Optional.of(new Edit(verb, at, words.subList(0, tail), rest));
  }

  /** Where the last of these words stands that a name, or keyword and name, follow; else -1. */
  private static int marker(List<Token> words, List<String> markers) {
    for (int i = words.size() - 2; i >= Math.max(1, words.size() - 3); i--) {
      if (markers.stream().anyMatch(words.get(i)::isBare)) {
        return i;
      }
    }
    return -1;
  }

  private static String form(Verb verb) {
    return switch (verb) {
      case RENAME, COPY -> "a statement, 'to', and a name";
      case INSERT -> "a statement, 'before' or 'after', and another";
      case ANNOTATE -> "a statement and a text";
      case REPLACE -> "'pattern', an expression, 'with', and a text";
      case SET, DELETE, DEACTIVATE, ACTIVATE, PROTECT, UNPROTECT -> "a statement";
    };
  }

  /** A line that changes where the following ones are about; {@code top set …} is one of both. */
  private Optional<Edit> move(List<Token> line) {
    Token first = line.getFirst();
    List<Token> rest = line.subList(1, line.size());
    if (first.isBare("edit") && isLost) {
      return Optional.empty();
    }
    if (first.isBare("edit") && !rest.isEmpty()) {
      switch (path.down(root, rest.stream().map(Token::text).toList())) {
        case EditPath.Found.At(EditPath to) -> {
          before.push(path);
          path = to;
        }
        case EditPath.Found.Unknown(String reason) -> {
          fault(first, reason);
          isLost = true;
        }
      }
    } else if (first.isBare("top")) {
      EditPath here = path;
      path = EditPath.TOP;
      isLost = false;
      if (!rest.isEmpty()) {
        Optional<Edit> there = edit(rest);
        path = rest.getFirst().isBare("edit") ? path : here;
        return there;
      }
      before.clear();
    } else if (first.isBare("up") && rest.size() <= 1) {
      String levels = rest.isEmpty() ? "1" : rest.getFirst().text();
      if (levels.matches("[1-9][0-9]?")) {
        path = path.up(Integer.parseInt(levels));
      } else {
        fault(first, "up takes a number of levels");
      }
    } else if (first.isBare("exit") || first.isBare("quit")) {
      path = before.isEmpty() ? EditPath.TOP : before.pop();
      isLost = false;
    } else if (PASSED_OVER.stream().anyMatch(first::isBare)) {
      diagnostics.add(
          new Diagnostics.Finding(
              Diagnostics.Severity.NOTE,
              first.at(file),
              "",
              "'" + first.text() + "' is passed over"));
    } else {
      fault(first, "line must begin with set, delete, deactivate, activate, edit, up, top or exit");
    }
    return Optional.empty();
  }

  private void fault(Token at, String message) {
    diagnostics.error(at.at(file), "", message);
  }
}
