/** How a protocol asks for BFD without knowing BFD. */
@NullMarked
package dev.culvert.core.liveness;

import org.jspecify.annotations.NullMarked;
