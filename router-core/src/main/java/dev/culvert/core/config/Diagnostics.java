package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Collects what is wrong with a candidate, so that one commit check reports everything. */
public final class Diagnostics {
  public enum Severity {
    /** Worth knowing for whoever carries the configuration to another router. */
    NOTE("note: "),
    /** Accepted, and perhaps not what is meant. */
    WARNING("warning: "),
    ERROR("");

    private final String mark;

    Severity(String mark) {
      this.mark = mark;
    }
  }

  /** One finding, printed {@code FILE:LINE: [path] message} (path as in {@code protocols ospf}). */
  public record Finding(Severity severity, SourcePosition position, String path, String message) {
    @Override
    public String toString() {
      String where = position.file() + ":" + position.line() + ": [" + path + "] ";
      return where + severity.mark + message;
    }
  }

  private static final String MISSING = " is missing";

  private final List<Finding> findings = new ArrayList<>();
  private final int limit;

  public Diagnostics() {
    this(Integer.MAX_VALUE);
  }

  /** Keeps the first {@code limit} findings only, against text that is nothing but faults. */
  Diagnostics(int limit) {
    this.limit = limit;
  }

  public void error(ConfigNode node, String message) {
    error(node.position(), node.path(), message);
  }

  public void error(SourcePosition position, String path, String message) {
    add(new Finding(Severity.ERROR, position, path, message));
  }

  public void warning(ConfigNode node, String message) {
    add(new Finding(Severity.WARNING, node.position(), node.path(), message));
  }

  public void note(ConfigNode node, String message) {
    add(new Finding(Severity.NOTE, node.position(), node.path(), message));
  }

  public void add(Finding finding) {
    if (findings.size() < limit) {
      findings.add(finding);
    }
  }

  /** Sorted by line and column; findings of one place keep their order. */
  public static List<Finding> inTextOrder(List<Finding> findings) {
    return findings.stream()
        .sorted(
            Comparator.comparingInt((Finding f) -> f.position().line())
                .thenComparingInt(f -> f.position().column()))
        .toList();
  }

  /**
   * True if something in the statement is refused already, so that what seems to be missing there
   * may be just that.
   */
  public boolean hasErrorsIn(ConfigNode node) {
    return errorsIn(node).findAny().isPresent();
  }

  private Stream<Finding> errorsIn(ConfigNode node) {
    return findings.stream()
        .filter(f -> f.severity() == Severity.ERROR)
        .filter(f -> f.path().equals(node.path()) || f.path().startsWith(node.path() + " "));
  }

  /**
   * Reports that something is missing, unless something is refused in the statement: it may be just
   * that.
   */
  public void missing(ConfigNode node, String message) {
    // Two things can be missing in one statement.
    if (errorsIn(node).allMatch(f -> f.message().endsWith(MISSING))) {
      error(node, message);
    }
  }

  public boolean hasErrors() {
    return findings.stream().anyMatch(f -> f.severity() == Severity.ERROR);
  }

  public List<Finding> findings() {
    return List.copyOf(findings);
  }
}
