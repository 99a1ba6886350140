/** What is offered, chosen and refused (RFC 7296 §2.7, §2.9, §2.21, §3.3). Pure. */
@NullMarked
package dev.culvert.ipsec.ike.negotiation;

import org.jspecify.annotations.NullMarked;
