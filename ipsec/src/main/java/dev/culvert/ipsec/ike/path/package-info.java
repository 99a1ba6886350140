/** The MTU of a path, as probes of it find it out (RFC 8899). Pure. */
@NullMarked
package dev.culvert.ipsec.ike.path;

import org.jspecify.annotations.NullMarked;
