/** Addresses, prefixes and interfaces of both families. All types are immutable. */
@NullMarked
package dev.culvert.core.net;

import org.jspecify.annotations.NullMarked;
