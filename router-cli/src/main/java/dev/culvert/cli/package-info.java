/** The operator's command line: {@code bin/culvert}. */
@NullMarked
package dev.culvert.cli;

import org.jspecify.annotations.NullMarked;
