package dev.culvert.core.config;

import org.jspecify.annotations.Nullable;

/**
 * The part of the hierarchy one module owns: what may be written there, and how it becomes a value.
 *
 * @param <C> the immutable value, such as {@code OspfConfig}
 */
public interface ConfigSection<C> extends SchemaPart {
  /**
   * Builds the value, reporting every fault with its statement.
   *
   * @param node the section's own node, or null where the configuration has none
   * @return best effort after errors; never used then
   */
  C bind(@Nullable ConfigNode node, Diagnostics diagnostics);
}
