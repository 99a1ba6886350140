/** What {@code show rip} prints. */
@NullMarked
package dev.culvert.rip.operational;

import org.jspecify.annotations.NullMarked;
