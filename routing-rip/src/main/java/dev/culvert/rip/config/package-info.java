/** {@code protocols rip} and {@code protocols ripng}: schema and immutable values. */
@NullMarked
package dev.culvert.rip.config;

import org.jspecify.annotations.NullMarked;
