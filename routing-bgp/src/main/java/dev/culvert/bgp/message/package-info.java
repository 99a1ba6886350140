/** BGP messages on the wire: framing, OPEN, UPDATE, NOTIFICATION, KEEPALIVE, ROUTE-REFRESH. */
@NullMarked
package dev.culvert.bgp.message;

import org.jspecify.annotations.NullMarked;
