/** Routing tables: candidates per prefix, the active route, recursive next hops. */
@NullMarked
package dev.culvert.core.rib;

import org.jspecify.annotations.NullMarked;
