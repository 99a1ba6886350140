/** What an exchange or a timer wants to follow, as values. */
@NullMarked
package dev.culvert.ipsec.ike.effect;

import org.jspecify.annotations.NullMarked;
