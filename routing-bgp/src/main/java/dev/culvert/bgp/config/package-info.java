/** The statement {@code protocols bgp} and the values it becomes. */
@NullMarked
package dev.culvert.bgp.config;

import org.jspecify.annotations.NullMarked;
