/** Threads, sockets, clocks and files: everything the engines must not know. */
@NullMarked
package dev.culvert.daemon.io;

import org.jspecify.annotations.NullMarked;
