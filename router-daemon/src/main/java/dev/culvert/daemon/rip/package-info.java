/** The UDP sockets of RIP and RIPng, and what has come by them. */
@NullMarked
package dev.culvert.daemon.rip;

import org.jspecify.annotations.NullMarked;
