/** What BGP says of a route's way, as values that protocols, policies and displays share. */
@NullMarked
package dev.culvert.core.path;

import org.jspecify.annotations.NullMarked;
