/** How VPNs, IKE SAs and SA pairs come up, are looked after and end. */
@NullMarked
package dev.culvert.ipsec.ike.lifecycle;

import org.jspecify.annotations.NullMarked;
