/** {@code protocols ospf}: the statement's schema and the immutable values it becomes. */
@NullMarked
package dev.culvert.ospf.config;

import org.jspecify.annotations.NullMarked;
