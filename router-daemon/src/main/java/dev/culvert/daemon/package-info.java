/** The router as a Linux process: start, stop and the wiring of engines to threads. */
@NullMarked
package dev.culvert.daemon;

import org.jspecify.annotations.NullMarked;
