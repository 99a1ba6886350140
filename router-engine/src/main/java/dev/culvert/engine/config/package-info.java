/** The router's configuration as one value, and the sections no protocol owns. */
@NullMarked
package dev.culvert.engine.config;

import org.jspecify.annotations.NullMarked;
