/** A routing protocol as the router runs it, whichever it is. */
@NullMarked
package dev.culvert.engine.instance;

import org.jspecify.annotations.NullMarked;
