/** Path attributes (RFC 4271 §5) and the reactions to malformed ones (RFC 7606). */
@NullMarked
package dev.culvert.bgp.attribute;

import org.jspecify.annotations.NullMarked;
