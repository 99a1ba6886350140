/** The records behind {@code show ospf}. */
@NullMarked
package dev.culvert.ospf.operational;

import org.jspecify.annotations.NullMarked;
