/** The program behind {@code culvert demo}. */
@NullMarked
package dev.culvert.lab;

import org.jspecify.annotations.NullMarked;
