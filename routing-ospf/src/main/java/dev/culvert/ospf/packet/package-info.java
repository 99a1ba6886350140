/** OSPF packets and LSAs as they stand on the wire (RFC 2328 appendix A). */
@NullMarked
package dev.culvert.ospf.packet;

import org.jspecify.annotations.NullMarked;
