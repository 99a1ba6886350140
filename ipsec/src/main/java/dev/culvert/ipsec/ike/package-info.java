/** IKEv2 (RFC 7296) as a deterministic engine. */
@NullMarked
package dev.culvert.ipsec.ike;

import org.jspecify.annotations.NullMarked;
