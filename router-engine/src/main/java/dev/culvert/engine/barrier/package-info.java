/** The barrier around each protocol instance: what happens when one of our engines throws. */
@NullMarked
package dev.culvert.engine.barrier;

import org.jspecify.annotations.NullMarked;
