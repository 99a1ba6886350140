/** The loops that engines and sockets run on, their clocks, and the order in which they end. */
@NullMarked
package dev.culvert.daemon.thread;

import org.jspecify.annotations.NullMarked;
