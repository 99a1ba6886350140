/**
 * {@code services rpm} and {@code services ip-monitoring}: tests by ICMP echo, and routes that
 * depend on what they find; no I/O.
 */
@NullMarked
package dev.culvert.engine.rpm;

import org.jspecify.annotations.NullMarked;
