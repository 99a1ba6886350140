/** {@code security ike}, {@code security ipsec} and {@code security flow} as immutable values. */
@NullMarked
package dev.culvert.ipsec.config;

import org.jspecify.annotations.NullMarked;
