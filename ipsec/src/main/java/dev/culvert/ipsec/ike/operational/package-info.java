/** What {@code show security ike} and {@code show security ipsec} print. */
@NullMarked
package dev.culvert.ipsec.ike.operational;

import org.jspecify.annotations.NullMarked;
