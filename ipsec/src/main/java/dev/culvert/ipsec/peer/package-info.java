/** The configuration of a tunnel's other end, made of ours: text out, nothing else. */
@NullMarked
package dev.culvert.ipsec.peer;

import org.jspecify.annotations.NullMarked;
