package dev.culvert.core.config;

/**
 * A whole configuration that its schema allows, and its printed forms. Immutable.
 *
 * <p>Parsing what {@link #toBraces} or {@link #toSet} printed with secrets revealed gives an equal
 * tree again, apart from source positions.
 */
public record ConfigTree(ConfigNode root) {

  /** A configuration without any statement. */
  public static ConfigTree empty(SchemaNode.Container root) {
    return new ConfigTree(EditableNode.root(root, SourcePosition.NONE).freeze());
  }

  /** Whether any statement is tagged {@code protect:}. */
  public boolean isProtected() {
    return Protection.isIn(root);
  }

  /** Junos' braces form, four blanks a level; secrets as {@code "<secret>"} unless revealed. */
  public String toBraces(boolean revealSecrets) {
    return BracesPrinter.print(root, revealSecrets);
  }

  /** {@code set} and {@code deactivate} lines with full paths. */
  public String toSet(boolean revealSecrets) {
    return SetPrinter.print(root, revealSecrets);
  }

  /** Junos' JSON form, {@code {"configuration": …}}; secrets are never revealed. */
  public String toJson() {
    return JsonPrinter.print(root);
  }
}
