/** IKEv2 messages and payloads as values, and their octets (RFC 7296 §3). */
@NullMarked
package dev.culvert.ipsec.ike.message;

import org.jspecify.annotations.NullMarked;
