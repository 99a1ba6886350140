/**
 * The data path: two threads that move packets between the tunnel devices and the wire, through the
 * security associations that IKE hands them.
 */
@NullMarked
package dev.culvert.ipsec.forwarding;

import org.jspecify.annotations.NullMarked;
