/**
 * What becomes of faults of our own: a file each, and the end of the process where nobody can go
 * on.
 */
@NullMarked
package dev.culvert.daemon.fault;

import org.jspecify.annotations.NullMarked;
