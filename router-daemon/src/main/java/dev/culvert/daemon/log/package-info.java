/** Notices on their way into the log: in what words, how many of a kind, and in whose format. */
@NullMarked
package dev.culvert.daemon.log;

import org.jspecify.annotations.NullMarked;
