/** BGP's TCP connections over Netty. */
@NullMarked
package dev.culvert.daemon.bgp;

import org.jspecify.annotations.NullMarked;
