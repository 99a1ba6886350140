/** The primitives of IKEv2: key agreement, pseudo-random functions, message protection. */
@NullMarked
package dev.culvert.ipsec.crypto;

import org.jspecify.annotations.NullMarked;
