/** The IKE SAs, the SA pairs made on them and the VPNs they are of: tables, windows, messages. */
@NullMarked
package dev.culvert.ipsec.ike.sa;

import org.jspecify.annotations.NullMarked;
