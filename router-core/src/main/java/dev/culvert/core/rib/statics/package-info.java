/** The section {@code routing-options}: router identity and static routes. */
@NullMarked
package dev.culvert.core.rib.statics;

import org.jspecify.annotations.NullMarked;
