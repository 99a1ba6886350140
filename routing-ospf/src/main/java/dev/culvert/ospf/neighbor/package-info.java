/** Neighbors and their state machine, and the election among them (RFC 2328 §9.4, §10). */
@NullMarked
package dev.culvert.ospf.neighbor;

import org.jspecify.annotations.NullMarked;
