/** The configuration language: text to tree by schema, tree to each module's records. */
@NullMarked
package dev.culvert.core.config;

import org.jspecify.annotations.NullMarked;
