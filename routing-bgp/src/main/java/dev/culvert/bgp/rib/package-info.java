/** Adj-RIB-In, decision process and Adj-RIB-Out (RFC 4271 §3.2, §9). */
@NullMarked
package dev.culvert.bgp.rib;

import org.jspecify.annotations.NullMarked;
