/** OSPF version 2 (RFC 2328) as an engine: events in, actions out. */
@NullMarked
package dev.culvert.ospf;

import org.jspecify.annotations.NullMarked;
