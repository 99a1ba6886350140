/** What an operator writes behind a {@code |}: filters over the lines of an answer. */
@NullMarked
package dev.culvert.cli.pipe;

import org.jspecify.annotations.NullMarked;
