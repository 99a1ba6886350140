/** The operators' socket: who asks, and what is answered. */
@NullMarked
package dev.culvert.daemon.control;

import org.jspecify.annotations.NullMarked;
