/** The Encapsulating Security Payload (RFC 4303) as formats, arithmetic and ciphers. */
@NullMarked
package dev.culvert.ipsec.esp;

import org.jspecify.annotations.NullMarked;
