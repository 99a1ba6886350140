/** Immutable records behind {@code show bgp} and its kin. Safe to share. */
@NullMarked
package dev.culvert.bgp.operational;

import org.jspecify.annotations.NullMarked;
