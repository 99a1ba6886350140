/** The seam through which import and export policies act on BGP routes. */
@NullMarked
package dev.culvert.bgp.policy;

import org.jspecify.annotations.NullMarked;
