package dev.culvert.core.config;

import dev.culvert.core.config.Token.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Reads the braces form into statements, going on after every fault at the next ';' or '}'. */
final class BracesReader {
  private final String file;
  private final Lexer lexer;
  private final Diagnostics diagnostics;
  private Token token;

  BracesReader(String file, String text, Diagnostics diagnostics) {
    this.file = file;
    this.lexer = new Lexer(file, text, false, diagnostics);
    this.diagnostics = diagnostics;
    this.token = lexer.next();
  }

  List<Statement> read() {
    List<Statement> statements = new ArrayList<>();
    while (true) {
      statements.addAll(block(0));
      if (token.is(Kind.END_OF_TEXT)) {
        return statements;
      }
      fault(token, "'}' without a matching '{'");
      advance();
    }
  }

  /** Statements up to the closing brace, which is left for the caller, or the end of the text. */
  private List<Statement> block(int depth) {
    List<Statement> statements = new ArrayList<>();
    while (!token.is(Kind.CLOSE_BRACE) && !token.is(Kind.END_OF_TEXT)) {
      statement(depth, statements);
    }
    return statements;
  }

  private void statement(int depth, List<Statement> into) {
    String comment = lexer.comment();
    Set<Statement.Tag> tags = EnumSet.noneOf(Statement.Tag.class);
    for (Statement.Tag tag = Statement.Tag.of(token);
        tag != Statement.Tag.NONE;
        tag = Statement.Tag.of(token)) {
      tags.add(tag);
      advance();
    }
    List<Token> words = words();
    switch (token.kind()) {
      case SEMICOLON -> {
        if (words.isEmpty()) {
          fault(token, "';' without a statement");
        }
        advance();
        add(new Statement(tags, comment, words, null), into);
      }
      case OPEN_BRACE -> {
        Token open = token;
        if (words.isEmpty()) {
          fault(open, "'{' without a statement");
        }
        advance();
        List<Statement> block = nested(open, depth + 1);
        add(new Statement(tags, comment, words, block), into);
      }
      default -> {
        Token last = words.isEmpty() ? token : words.getLast();
        fault(last, "missing ';' before " + token.kind().description());
        add(new Statement(tags, comment, words, null), into);
      }
    }
  }

  private List<Statement> nested(Token open, int depth) {
    List<Statement> block;
    if (depth > ConfigLimits.MAX_DEPTH) {
      fault(open, "more than " + ConfigLimits.MAX_DEPTH + " levels of braces");
      skipBlock();
      block = List.of();
    } else {
      block = block(depth);
    }
    if (token.is(Kind.END_OF_TEXT)) {
      fault(open, "'{' without a matching '}'");
    } else {
      advance();
    }
    return block;
  }

  /** Passes over whatever stands up to the brace that closes the open one. */
  private void skipBlock() {
    int open = 1;
    while (!token.is(Kind.END_OF_TEXT)) {
      if (token.is(Kind.OPEN_BRACE)) {
        open++;
      } else if (token.is(Kind.CLOSE_BRACE) && --open == 0) {
        return;
      }
      advance();
    }
  }

  private List<Token> words() {
    List<Token> words = new ArrayList<>();
    while (token.is(Kind.WORD) || token.is(Kind.OPEN_BRACKET) || token.is(Kind.CLOSE_BRACKET)) {
      if (words.size() == ConfigLimits.MAX_STATEMENT_WORDS) {
        fault(token, "statement of more than " + words.size() + " words");
      }
      if (words.size() <= ConfigLimits.MAX_STATEMENT_WORDS) {
        words.add(token);
      }
      advance();
    }
    return words;
  }

  private static void add(Statement statement, List<Statement> into) {
    if (!statement.words().isEmpty()) {
      into.add(statement);
    }
  }

  private void advance() {
    token = lexer.next();
  }

  private void fault(Token at, String message) {
    diagnostics.error(at.at(file), "", message);
  }
}
