/** Bidirectional Forwarding Detection, single hop: RFC 5880 and RFC 5881. */
@NullMarked
package dev.culvert.bfd;

import org.jspecify.annotations.NullMarked;
