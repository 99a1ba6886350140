/** Sessions with one peer: the state machine of RFC 4271 §8 and what surrounds it. */
@NullMarked
package dev.culvert.bgp.session;

import org.jspecify.annotations.NullMarked;
