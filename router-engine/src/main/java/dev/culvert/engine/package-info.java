/** One whole router without I/O: the protocol engines, the RIB and the configuration, wired. */
@NullMarked
package dev.culvert.engine;

import org.jspecify.annotations.NullMarked;
