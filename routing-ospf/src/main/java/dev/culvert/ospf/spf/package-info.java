/** The routing table calculation (RFC 2328 §16). */
@NullMarked
package dev.culvert.ospf.spf;

import org.jspecify.annotations.NullMarked;
