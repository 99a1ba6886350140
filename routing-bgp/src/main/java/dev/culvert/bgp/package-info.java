/** BGP-4 (RFC 4271): the engine, what happens to it and what it asks for. */
@NullMarked
package dev.culvert.bgp;

import org.jspecify.annotations.NullMarked;
