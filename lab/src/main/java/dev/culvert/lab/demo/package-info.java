/**
 * The demonstration behind {@code culvert demo}: two sites with two tunnels between them on this
 * machine, a path that fails, and what that costs.
 */
@NullMarked
package dev.culvert.lab.demo;

import org.jspecify.annotations.NullMarked;
