package dev.culvert.core.config;

import java.util.List;

/** A part of the hierarchy: where it hangs, and what may be written there. */
public interface SchemaPart {
  /** Where the schema hangs: {@code ["protocols"]} for {@code protocols ospf}. */
  List<String> parentPath();

  SchemaNode schema();

  /** A part whose owner binds it together with others. */
  static SchemaPart of(List<String> parentPath, SchemaNode schema) {
    return new Plain(List.copyOf(parentPath), schema);
  }

  /** Only that. */
  record Plain(List<String> parentPath, SchemaNode schema) implements SchemaPart {}
}
