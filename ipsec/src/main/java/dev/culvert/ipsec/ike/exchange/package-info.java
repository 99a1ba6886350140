/** The exchanges of RFC 7296, each for itself: a message in, effects out. */
@NullMarked
package dev.culvert.ipsec.ike.exchange;

import org.jspecify.annotations.NullMarked;
