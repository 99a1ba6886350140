/** What {@code show bfd session} prints. */
@NullMarked
package dev.culvert.bfd.operational;

import org.jspecify.annotations.NullMarked;
