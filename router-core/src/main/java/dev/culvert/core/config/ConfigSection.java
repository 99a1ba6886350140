package dev.culvert.core.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of the hierarchy one module owns: what may be written there, and how it becomes a value.
 *
 * @param <C> the immutable value, such as {@code OspfConfig}
 */
public interface ConfigSection<C> {
  /** Where the schema hangs: {@code ["protocols"]} for {@code protocols ospf}. */
  List<String> parentPath();

  SchemaNode schema();

  /**
   * Builds the value, reporting every fault with its statement.
   *
   * @param node the section's own node, or null where the configuration has none
   * @return best effort after errors; never used then
   */
  C bind(@Nullable ConfigNode node, Diagnostics diagnostics);
}
