/** The few headers a simulated kernel has to write and read. */
@NullMarked
package dev.culvert.testbed.packet;

import org.jspecify.annotations.NullMarked;
