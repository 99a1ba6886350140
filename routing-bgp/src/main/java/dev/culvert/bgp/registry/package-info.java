/** Numbers of BGP's registries at IANA that more than one part of a message goes by. */
@NullMarked
package dev.culvert.bgp.registry;

import org.jspecify.annotations.NullMarked;
