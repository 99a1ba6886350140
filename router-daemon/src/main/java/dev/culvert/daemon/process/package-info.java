/** One router as a process: put together, started, configured, asked and stopped. */
@NullMarked
package dev.culvert.daemon.process;

import org.jspecify.annotations.NullMarked;
