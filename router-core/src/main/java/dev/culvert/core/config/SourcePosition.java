package dev.culvert.core.config;

/** Where a statement stands: file as the operator named it, line and column from one. */
public record SourcePosition(String file, int line, int column) {
  /** For statements that no file holds, such as those typed in the shell. */
  public static final SourcePosition NONE = new SourcePosition("-", 0, 0);
}
